"""Calls whose world changes while they run: a process of its own makes them, and this one lets its system calls pass.

At a system call the supervisor can change a file, send a signal, let the call fail, or wait until another thread of the
process has run. So the same thing happens to the original and to its native at the same point of their work.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sky_rust.testing import _seccomp

#: The kinds of system calls that originals and natives make, each by other calls.
KINDS = {
    "open": ("open", "openat"),
    "stat": ("stat", "newfstatat", "statx"),
    "read": ("read", "readv", "pread64", "preadv"),
    "seek": ("lseek",),
    "list": ("getdents64",),
    "socket": ("socket",),
    "bind": ("bind",),
    "affinity": ("sched_getaffinity",),
}

#: System calls that have an effect on others: a native makes none that its original does not make.
EFFECTS: tuple[str, ...] = ("setsockopt", "connect", "listen", "clone", "clone3", "fork", "vfork", "kill", "tgkill")
EFFECTS += (
    "truncate",
    "ftruncate",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "sched_setaffinity",
)

#: The flags with which a file is opened that neither change what is read nor leave a trace.
_USUAL = os.O_CLOEXEC | os.O_NOCTTY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_LARGEFILE | 0o100000

_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}

#: How many reads give less than they would: to seek takes the kernel long in some files of its own.
_SHORT = 64

#: The seconds after which a thread that was to run has not run.
_PATIENCE = 1.0


@dataclass(frozen=True, order=True)
class At:
    """A kind of system calls on one thing.

    kind: one of `KINDS`.
    target: a path, or '' for what has none.
    """

    kind: str
    target: str


@dataclass(frozen=True)
class Meanwhile:
    """What happens at a system call, or after some time.

    at: the system calls; None: a signal comes after a tenth of the time that the call takes, or memory runs out.
    nth: the first of them at which it happens, from 1 on.
    error: the errno with which the call fails; so do all later ones, but after EINTR, and of kind "bind".
    handler: a signal comes before the call; its handler does this, a name of `_disturbance.HANDLERS`.
    change: the file that `at` names is changed before the call, a name of `CHANGES`.
    short: the call, a read, and the next ones give half of what they would.
    runs: another thread of the process runs before the call is made, as it can't while the GIL is held.
    allocation: the allocation of Python's that fails, from 1 on (see `_shortage`).
    """

    at: At | None = None
    nth: int = 1
    error: int = 0
    handler: str = ""
    change: str = ""
    short: bool = False
    runs: bool = False
    allocation: int = 0


#: How a file's content changes: the new content. "replaced" makes another file of that name.
CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "grown": lambda content: content + b"more\n",
    "grown a lot": lambda content: content + 60_000 * b"more\n",
    "halved": lambda content: content[: len(content) // 2],
    "emptied": lambda content: b"",
    "written anew": lambda content: content[::-1],
    "replaced": lambda content: content[::-1],
}


def change(path: str, how: str) -> None:
    """Changes a file, in one of `CHANGES`."""
    with open(path, "rb") as file:
        content = CHANGES[how](file.read())
    into = f"{path}.new" if how == "replaced" else path
    with open(into, "wb" if how == "replaced" else "r+b") as file:
        file.write(content)
        file.truncate()
    os.replace(into, path)


@dataclass
class Trace:
    """The system calls of one call.

    made: how many of each kind, on each target.
    after: how many of the awaited kind were made after the event.
    flags: unusual ones: descriptors that don't close on exec, say.
    effects: system calls with an effect on others.
    ran: whether another thread has run, where that was awaited.
    """

    made: Counter[At] = field(default_factory=Counter)
    after: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    ran: bool = False


class Child:
    """The supervised process, as it sees its supervisor."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._ticking = threading.Event()
        ready, self._ticks = os.pipe()
        threading.Thread(target=self._tick, daemon=True).start()
        listener = _seccomp.show([*_KIND_OF, *EFFECTS])
        socket.send_fds(channel, [b"!"], [listener, ready])
        os.close(listener)

    def _tick(self) -> None:
        """Writes a byte now and then, while that is wanted: this thread began before the calls are shown."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})  # it interrupts the main thread's calls
        while True:
            self._ticking.wait()
            os.write(self._ticks, b".")
            time.sleep(0.001)

    def supervised(self, make: Callable[[], Any], event: Meanwhile | None) -> tuple[Any, Trace]:
        """Makes a call, with what happens meanwhile; returns its result, and its system calls."""
        if event and event.runs:
            self._ticking.set()
        self._ask(event)
        try:
            result = make()
        finally:
            trace: Trace = self._ask("end")
            self._ticking.clear()
        return result, trace

    def _ask(self, said: object) -> Any:
        self._channel.send(pickle.dumps(said))
        return pickle.loads(self._channel.recv(1 << 20))


def can_supervise() -> str:
    """Why no process can be supervised here; '' if one can."""
    if not _seccomp.names():
        return "unknown machine"
    try:
        return "" if supervise(lambda child: child.supervised(lambda: 7, None)[0]) == 7 else "no answer"
    except (OSError, RuntimeError) as error:
        return str(error)


def supervise(work: Callable[[Child], Any]) -> Any:
    """Does work in a supervised process, and returns what it returns.

    Raises:
        OSError: there can be no such process.
        RuntimeError: the process ended without a result, or by an exception, which the message has.
    """
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here:
        pid = os.fork()
        if pid == 0:
            here.close()
            _run(work, there)
        there.close()
        try:
            return _Supervisor(here, pid).serve()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _run(work: Callable[[Child], Any], channel: socket.socket) -> None:
    """The process's life."""
    try:
        try:
            child = Child(channel)
        except OSError as error:
            said: object = ("unable", error)
        else:
            said = ("result", work(child))
    except BaseException:
        said = ("failed", traceback.format_exc())
    try:
        channel.send(pickle.dumps(said))
    except OSError as error:
        channel.send(pickle.dumps(("failed", f"the result can't be sent: {error}")))
    sys.stdout.flush()
    os._exit(0)


class _Supervisor:
    def __init__(self, channel: socket.socket, pid: int) -> None:
        self._channel, self._pid = channel, pid
        self._listener = self._ticks = -1
        self._event: Meanwhile | None = None
        self._trace: Trace | None = None
        self._descriptors: dict[int, str] = {}

    def serve(self) -> Any:
        """Answers until the process has a result."""
        try:
            while True:
                waiting = [self._channel.fileno(), *([self._listener] if self._listener >= 0 else [])]
                ready, _, _ = select.select(waiting, [], [], 120)
                if not ready:
                    raise RuntimeError("the supervised process says nothing any more")
                if self._channel.fileno() not in ready:
                    self._let_pass()
                    continue
                done = self._told()
                if done is not None:
                    return done[0]
        finally:
            for descriptor in (self._listener, self._ticks):
                if descriptor >= 0:
                    os.close(descriptor)

    def _told(self) -> tuple[Any] | None:
        """Takes what the process says; a result ends the work."""
        message, descriptors, _, _ = socket.recv_fds(self._channel, 1 << 24, 2)
        if descriptors:
            self._listener, self._ticks = descriptors
            os.set_blocking(self._ticks, False)
            return None
        if not message:
            end = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
            raise RuntimeError(f"the supervised process ended, with status or signal {end.si_status if end else '?'}")
        said = pickle.loads(message)
        if isinstance(said, tuple):
            kind, value = said
            if kind == "unable":
                raise value
            if kind == "failed":
                raise RuntimeError(value)
            return (value,)
        if said == "end":
            self._channel.send(pickle.dumps(self._trace))
            self._trace = None
        else:
            self._event, self._trace = said, Trace()
            self._channel.send(pickle.dumps(None))
        return None

    def _let_pass(self) -> None:
        call = _seccomp.receive(self._listener)
        if call is None:
            return
        _seccomp.answer(self._listener, call, self._seen(call) if self._trace is not None else None)

    def _seen(self, call: _seccomp.Shown) -> int | None:
        """Notes a call, and does what is to be done at it. Returns what the call gets: an error is negative."""
        trace, event = self._trace, self._event
        assert trace is not None
        at = self._noted(call, trace)
        if at is None or event is None or event.at is None:
            return None
        if at != event.at:
            # What can't be looked at can't be opened either.
            is_same = at.kind == "open" and event.at == At("stat", at.target)
            return -event.error or None if is_same else None
        if trace.made[at] < event.nth:
            return None
        if trace.made[at] > event.nth:
            trace.after += 1
            if event.short and trace.after < _SHORT:
                return self._read_half(call)
            return -event.error if event.error not in (0, errno.EINTR) and at.kind != "bind" else None
        self._happen(event, trace)
        return self._read_half(call) if event.short else -event.error or None

    def _noted(self, call: _seccomp.Shown, trace: Trace) -> At | None:
        """Notes a call; its kind and target if it is of a kind that things happen at."""
        kind = _KIND_OF.get(call.name)
        if kind is None:
            trace.effects[call.name if call.name != "setsockopt" else f"setsockopt {call.arguments[1:3]}"] += 1
            return None
        if call.name == "openat":
            if not call.arguments[2] & os.O_CLOEXEC:
                trace.flags["open without O_CLOEXEC"] += 1
            if call.arguments[2] & ~_USUAL:
                trace.flags[f"open with {call.arguments[2] & ~_USUAL:#o}"] += 1
        if call.name == "socket" and not call.arguments[1] & socket.SOCK_CLOEXEC:
            trace.flags["socket without SOCK_CLOEXEC"] += 1
        at = At(kind, self._target(call, kind))
        trace.made[at] += 1
        return at

    def _target(self, call: _seccomp.Shown, kind: str) -> str:
        """The path that a call is about; '' if there is none."""
        first = call.arguments[0]
        if kind in ("open", "stat"):
            return _seccomp.text_at(call.thread, call.arguments[0 if call.name in ("open", "stat") else 1])
        if kind in ("read", "list", "seek"):
            with contextlib.suppress(OSError):
                return os.readlink(f"/proc/{call.thread}/fd/{first & 0xFFFFFFFF}")
        return ""

    def _read_half(self, call: _seccomp.Shown) -> int | None:
        """Reads half of what a call would read, in its place; None if the kernel has to make it."""
        if call.name not in ("read", "pread64"):
            return None
        _, address, length, offset, *_ = call.arguments
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            descriptor = _seccomp.descriptor_of(self._pid, call.arguments[0] & 0xFFFFFFFF)
            stack.callback(os.close, descriptor)
            position = offset if call.name == "pread64" else os.lseek(descriptor, 0, os.SEEK_CUR)
            content = os.pread(descriptor, length, position)
            half = content[: (len(content) + 1) // 2]
            _seccomp.write_at(call.thread, address, half)
            if call.name == "read":
                os.lseek(descriptor, position + len(half), os.SEEK_SET)
            return len(half)
        return None

    def _happen(self, event: Meanwhile, trace: Trace) -> None:
        if event.change and event.at:
            change(event.at.target, event.change)
        if event.handler:
            os.kill(self._pid, signal.SIGUSR1)
        if event.runs:
            with contextlib.suppress(BlockingIOError):
                while os.read(self._ticks, 4096):
                    pass
            trace.ran = bool(select.select([self._ticks], [], [], _PATIENCE)[0])
