"""What many calls leave behind: memory, descriptors, references to objects that they share with others."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
import sys
import time
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sky_rust.testing import _spies
from sky_rust.testing._traces import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust.testing._calls import Call

#: How often a call is repeated. All generated calls together are repeated ten thousand times.
TIMES = 20

#: The bytes that the C library takes for the smallest piece of memory.
_SMALLEST = 32

#: The seconds of the processor's time that a call takes at most that is repeated, and those that it takes with waiting.
_QUICK = 0.0005
_WAITING = 0.02

#: The share of the calls that leave something where each of them does: something else may have been freed meanwhile.
_MOST = 0.9

#: How often a leak has to be seen: the C library's count also changes by itself.
_ATTEMPTS = 3


class _Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")] + [
        (name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


@functools.cache
def _mallinfo() -> Callable[[], _Info] | None:
    """The C library's count of what is allocated; None where it has none."""
    with suppress(AttributeError, OSError):
        function = ctypes.CDLL(None).mallinfo2
        function.restype = _Info
        return function
    return None


def _held(shared: list[object]) -> list[int]:
    """What the process holds: Python's blocks, the C library's bytes, descriptors, references to shared objects."""
    mallinfo = _mallinfo()
    info = mallinfo() if mallinfo else None
    descriptors = 0
    with suppress(OSError):  # there may be none left to look with
        descriptors = len(os.listdir("/proc/self/fd"))
    return [
        sys.getallocatedblocks(),
        info.uordblks + info.hblkhd if info else 0,
        descriptors,
        *map(sys.getrefcount, shared),
    ]


def leaks(control: Callable[..., Any], candidate: Callable[..., Any], call: Call) -> list[str]:
    """What many calls of the candidate leave behind, and those of the control don't, a line for each kind.

    A call that takes more than half a millisecond of the processor's time, or 20 ms with waiting, is not repeated.
    """
    shared = _shared(control, candidate)
    with call.world(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        args, kwargs = call.arguments()
        every = [*shared, *args, *kwargs.values()]
        if not _is_quick(lambda: candidate(*args, **kwargs)):
            return []
        if not any(_change(lambda: candidate(*args, **kwargs), every, TIMES)):
            return []
        # Something may have filled a cache, or been freed late. A leak grows with the calls, and is there each time.
        lines: list[str] = []
        for _ in range(_ATTEMPTS):
            lines = _grown(lambda: control(*args, **kwargs), lambda: candidate(*args, **kwargs), every)
            if not lines:
                return []
        return lines


def _grown(control: Callable[[], object], candidate: Callable[[], object], every: list[object]) -> list[str]:
    """A line for each kind of thing that grows with many calls of the candidate, and not with those of the control."""
    many = 5 * TIMES
    twice = (_change(candidate, every, many) for _ in range(2))
    changes = [min(pair, key=abs) for pair in zip(*twice)]
    its = _change(control, every, many) if any(changes) else changes
    words = ["blocks of Python's memory", "bytes of the C library's memory", "descriptors"]
    words += [f"references to {getattr(one, '__name__', type(one).__name__)}" for one in every]
    return [
        f"  left behind by {many} calls: {other} (control), {count} (candidate) {word}"
        for count, other, word in zip(changes, its, words)
        if min(count, count - other) >= _MOST * many * (_SMALLEST if "bytes" in word else 1)
        or (word.startswith("references") and other - count >= _MOST * many)
    ]


@functools.lru_cache(maxsize=1)
def _shared(control: Callable[..., Any], candidate: Callable[..., Any]) -> list[object]:
    """The objects that calls use and don't own: what the original looks up, and the function's own parts."""
    found: list[object] = [candidate, candidate.__code__, os.environ, getattr(os.environ, "_data", None)]
    for path in _spies.looked_up(control):
        with suppress(AttributeError, ImportError):
            owner, name = _spies.place(path)
            found += [owner, getattr(owner, "__dict__", {}).get(name)]
    kept = {id(one): one for one in found if one is not None}
    return list(kept.values())


def _change(call: Callable[[], object], shared: list[object], times: int) -> list[int]:
    """By how much grows what the process holds, as `_held` has it, in so many calls; 0 where few of them leave any."""
    for _ in range(2):  # caches fill up
        _quietly(call)
    change = _measured(call, shared, times)
    if any(change):
        # Exceptions and their frames hold each other. What others have left is no part of what these calls leave.
        with frozen():
            change = _measured(call, shared, times, gc.collect)
    return change


def _measured(
    call: Callable[[], object], shared: list[object], times: int, collect: Callable[[], object] = lambda: None
) -> list[int]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        collect()  # it also empties Python's free lists, which calls have filled
        before = _held(shared)
        for _ in range(times):
            _quietly(call)
        collect()
        after = _held(shared)
    finally:
        if was_enabled:
            gc.enable()
    return [now - then if abs(now - then) >= _MOST * times else 0 for now, then in zip(after, before)]


def _is_quick(call: Callable[[], object]) -> bool:
    """Whether a call is one to repeat. A busy machine may interrupt a quick one, so it is looked at a few times."""
    for _ in range(_ATTEMPTS):
        began, used = time.perf_counter(), time.thread_time()
        _quietly(call)
        if time.thread_time() - used <= _QUICK and time.perf_counter() - began <= _WAITING:
            return True
    return False


def _quietly(call: Callable[[], object]) -> None:
    with suppress(Exception):
        call()
