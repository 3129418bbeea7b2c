"""A process that has another view of the machine: other files of the kernel's, and numbers of processes of its own."""

from __future__ import annotations

import ctypes
import os

_NEWNS, _NEWUSER, _NEWPID = 0x20000, 0x10000000, 0x20000000
_REC, _PRIVATE, _BIND = 0x4000, 1 << 18, 4096
_DETACH = 2

#: The folder of the control groups, which is empty in the new view.
CGROUPS = "/sys/fs/cgroup"

_libc = ctypes.CDLL(None, use_errno=True)
_entered = False


def enter() -> None:
    """Moves this process to namespaces of its own, and its later children to one of processes. There is no way back.

    Raises:
        OSError: it may not.
    """
    global _entered
    user, group = os.getuid(), os.getgid()
    try:
        _checked(_libc.unshare(_NEWNS | _NEWPID), "unshare")
    except PermissionError:
        _checked(_libc.unshare(_NEWUSER | _NEWNS | _NEWPID), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _mount("none", "/", None, _REC | _PRIVATE)
    empty(CGROUPS)
    _entered = True


def is_entered() -> bool:
    """Whether this process, or one that it was forked from, has other namespaces."""
    return _entered


def lay(source: str, over: str) -> None:
    """Lays a file over another.

    Raises:
        OSError: there is no such file, or it can't be.
    """
    _mount(source, over, None, _BIND)


def empty(folder: str) -> None:
    """Lays an empty folder over another.

    Raises:
        OSError: there is no such folder, or it can't be.
    """
    _mount("tmpfs", folder, "tmpfs", 0)


def lift(path: str) -> None:
    """Takes the topmost file, or folder, off again."""
    _checked(_libc.umount2(os.fsencode(path), _DETACH), path)


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    names = [os.fsencode(name) if name is not None else None for name in (source, target, kind)]
    _checked(_libc.mount(*names, ctypes.c_ulong(flags), None), target)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
