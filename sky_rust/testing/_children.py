"""Work in a forked process: what it does to its process, for good, is done to no other."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import select
import signal
import sys
import traceback
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

#: The byte by which a child says that it has made a step, and the one before its result.
_STEP, _RESULT = b".", b"\n"


class ChildError(Exception):
    """A child has ended without a result; the message says how."""


class CrashError(ChildError):
    """A child has ended by a signal, or by an exit, in the middle of its work."""


def in_child(work: Callable[[Callable[[], None]], Any], progress: Callable[[], None]) -> Any:
    """Does work in a forked process, and returns what it returns, which has to be picklable.

    Ctrl-C reaches the child as well, also if it was sent to this process alone. If the work has a result nevertheless,
    that is returned in the exception's place, and says itself that it was interrupted.

    Args:
        work: gets a function to call at each step.
        progress: called at each step, in this process.

    Raises:
        CrashError: the child ended by a signal, or by an exit.
        ChildError: the work raised an exception.
        KeyboardInterrupt: Ctrl-C came, and the work has no result.
    """
    ready, said = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about threads: none of this process's hold a lock that a child needs
        pid = os.fork()
    if pid == 0:
        os.close(ready)
        _live(work, said)
    os.close(said)
    try:
        return _result(ready, pid, progress)
    finally:
        os.close(ready)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _live(work: Callable[[Callable[[], None]], Any], said: int) -> NoReturn:
    """The child's life."""
    faulthandler.disable()  # a crash is told by the signal
    try:
        outcome: tuple[str, Any] = ("result", work(lambda: _write(said, _STEP)))
    except KeyboardInterrupt:
        outcome = ("interrupted", None)
    except BaseException:
        outcome = ("failed", traceback.format_exc())
    try:
        with contextlib.suppress(BrokenPipeError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _write(said, _RESULT + pickle.dumps(outcome))
        sys.stdout.flush()
    finally:
        os._exit(0)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _result(ready: int, pid: int, progress: Callable[[], None]) -> Any:
    received = b""
    interrupted = False
    while True:
        try:
            select.select([ready], [], [])
            data = os.read(ready, 1 << 16)
            if _RESULT not in received:
                steps = data.partition(_RESULT)[0]
                for _ in steps:
                    progress()
            received = (received + data).lstrip(_STEP) if _RESULT not in received else received + data
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            os.kill(pid, signal.SIGINT)
            continue
        if data:
            continue
        if not received.startswith(_RESULT):
            raise CrashError(f"it ended {_end(pid)}")
        kind, value = pickle.loads(received[1:])
        if kind == "failed":
            raise ChildError(f"it failed:\n{value}")
        if kind == "interrupted":
            raise KeyboardInterrupt
        return value


def _end(pid: int) -> str:
    end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if end is None or end.si_code == os.CLD_EXITED:
        return f"with the exit status {end.si_status if end else '?'}"
    return f"by the signal {signal.Signals(end.si_status).name}"
