"""System calls of a thread, shown to another process before the kernel makes them (seccomp's user notifications).

Linux 5.5 and newer, on x86-64 and 64-bit ARM; it takes no privileges.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_NEW_LISTENER = 8
_SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
_NOTIF_RECV, _NOTIF_SEND = 0xC0502100, 0xC0182101
_NOTIFY, _ALLOW = 0x7FC00000, 0x7FFF0000
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438  # `os` has the first one only where Python was built with new headers

#: What this machine's kernel calls its architecture, the number of `seccomp`, and those of the calls that are shown.
_X86_64 = {"read": 0, "open": 2, "stat": 4, "lseek": 8, "pread64": 17, "socket": 41, "sendto": 44, "bind": 49}
_X86_64 |= {"connect": 42, "listen": 50, "setsockopt": 54, "clone": 56, "fork": 57, "vfork": 58, "kill": 62}
_X86_64 |= {"truncate": 76, "ftruncate": 77, "getdents64": 217, "openat": 257, "mkdirat": 258, "newfstatat": 262}
_X86_64 |= {"unlinkat": 263, "renameat": 264, "tgkill": 234, "preadv": 295, "prlimit64": 302, "statx": 332}
_X86_64 |= {"access": 21, "mkdir": 83, "unlink": 87, "rename": 82, "sched_setaffinity": 203, "clone3": 435, "readv": 19}
_X86_64 |= {"sched_getaffinity": 204}
_AARCH64 = {
    "read": 63,
    "readv": 65,
    "lseek": 62,
    "pread64": 67,
    "preadv": 69,
    "socket": 198,
    "bind": 200,
    "listen": 201,
}
_AARCH64 |= {"connect": 203, "sendto": 206, "setsockopt": 208, "clone": 220, "kill": 129, "tgkill": 131, "truncate": 45}
_AARCH64 |= {"ftruncate": 46, "getdents64": 61, "openat": 56, "mkdirat": 34, "newfstatat": 79, "unlinkat": 35}
_AARCH64 |= {"renameat": 38, "prlimit64": 261, "statx": 291, "sched_setaffinity": 122, "clone3": 435}
_AARCH64 |= {"sched_getaffinity": 123}
_MACHINES = {"x86_64": (0xC000003E, 317, _X86_64), "aarch64": (0xC00000B7, 277, _AARCH64)}


class Shown(NamedTuple):
    """A system call that waits for an answer.

    id: names it to the kernel.
    thread: the thread that makes it.
    name: its name.
    arguments: the six registers.
    """

    id: int
    thread: int
    name: str
    arguments: tuple[int, ...]


def names() -> frozenset[str]:
    """The names of the system calls that can be shown here; none on an unknown machine."""
    return frozenset(_MACHINES[platform.machine()][2]) if platform.machine() in _MACHINES else frozenset()


def show(calls: Iterable[str]) -> int:
    """From now on shows calls of this thread to whoever has the returned descriptor. There is no way back.

    Raises:
        OSError: this kernel, or this machine, can't.
    """
    if platform.machine() not in _MACHINES:
        raise OSError(errno.ENOSYS, f"unknown machine {platform.machine()}")
    architecture, number, numbers = _MACHINES[platform.machine()]
    shown = [numbers[name] for name in calls if name in numbers]
    # The program of the filter: each instruction has a code, two jumps, and an operand.
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, _ALLOW), (0x20, 0, 0, 0)]
    program += [(0x15, len(shown) - at, 0, one) for at, one in enumerate(shown)]
    program += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _NOTIFY)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    descriptor: int = libc.syscall(
        number, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_NEW_LISTENER, ctypes.byref(filter_)
    )
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return descriptor


def receive(listener: int) -> Shown | None:
    """The next call that waits; None if it is gone by now."""
    notification = bytearray(80)
    try:
        fcntl.ioctl(listener, _NOTIF_RECV, notification, True)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    ident, thread, _, number, _, _, *arguments = struct.unpack("QIIiIQ6Q", notification)
    known = {one: name for name, one in _MACHINES[platform.machine()][2].items()}
    return Shown(ident, thread, known[number], tuple(arguments))


def answer(listener: int, call: Shown, result: int | None) -> None:
    """Lets the kernel make the call (None), or has it return a number: that of an error is negative."""
    flags = _SECCOMP_USER_NOTIF_FLAG_CONTINUE if result is None else 0
    response = struct.pack("QqiI", call.id, max(result or 0, 0), min(result or 0, 0), flags)
    with suppress(FileNotFoundError):  # a signal has interrupted the call: it comes again
        fcntl.ioctl(listener, _NOTIF_SEND, bytearray(response), True)


def descriptor_of(pid: int, descriptor: int) -> int:
    """A descriptor of this process for what a process has open: they have one position in the file.

    Raises:
        OSError: there is none, or it may not be had.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    process: int = libc.syscall(_PIDFD_OPEN, pid, 0)
    if process < 0:
        raise OSError(ctypes.get_errno(), "pidfd_open")
    try:
        found: int = libc.syscall(_PIDFD_GETFD, process, descriptor, 0)
        if found < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return found
    finally:
        os.close(process)


def write_at(thread: int, address: int, content: bytes) -> None:
    """Writes into a thread's memory.

    Raises:
        OSError: there is no such memory, or it may not be written.
    """
    memory = os.open(f"/proc/{thread}/mem", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(memory, content, address)
    finally:
        os.close(memory)


def text_at(thread: int, address: int) -> str:
    """The C string at an address in a thread's memory; '' if it can't be read."""
    try:
        memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        found = b""
        while b"\0" not in found and len(found) < 4096:
            # To the end of the page, since the next one may not be there.
            found += os.pread(memory, 4096 - (address + len(found)) % 4096, address + len(found)) or b"\0"
        return os.fsdecode(found.split(b"\0")[0])
    except OSError:
        return ""
    finally:
        os.close(memory)
