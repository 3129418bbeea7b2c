"""Long calls: a signal ends them soon, and other threads run meanwhile."""

from __future__ import annotations

import gc
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sky_rust.testing._worlds import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sky_rust.testing._calls import Call

#: The seconds that a call may go on after a signal, and the part of the rest of its time that shows that it went on.
_SOON, _LONG = 0.05, 0.6

#: The parts of a call's time after which a signal comes: natives look at what they were given, and then make something.
_MOMENTS = (0.1, 0.7)

#: The part of a call's time in which other threads have to run.
_NEARLY = 0.8

#: How often a call has to be late: a busy machine may be so a few times.
_ATTEMPTS = 5


def lateness(candidate: Callable[..., Any], call: Call) -> list[str]:
    """A line for what is late in a long call: its end, after a signal whose handler raises; or another thread.

    To be called in the main thread.
    """
    lines: list[str] = []
    with call.world(), _uncollected():
        call(candidate)  # the first call of a process takes longer than others: it gets memory from the system
        for _ in range(_ATTEMPTS):
            lines = _attempt(candidate, call)
            if not lines:
                return []
    return lines


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps the garbage collector away: it comes by chance, and takes as long as the call."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _attempt(candidate: Callable[..., Any], call: Call) -> list[str]:
    ticks: list[float] = []
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.001):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    began = time.perf_counter()
    call(candidate)
    whole = time.perf_counter() - began
    stop.set()
    thread.join()
    # At the end, while the result is freed, others run also where the GIL was kept.
    meanwhile = sum(at < began + _NEARLY * whole for at in ticks)
    if meanwhile < 2:
        return [f"  threads: others have run {meanwhile} times in the first {_NEARLY * whole:.3f} s"]
    for part in _MOMENTS:
        signalled = part * whole
        late, left = _ended(candidate, call, signalled) - signalled, whole - signalled
        # Where less is left, also a call that goes on to its end is not late.
        if left > _SOON and late > max(_SOON, _LONG * left):
            return [f"  the end: {late:.3f} s after a signal, of {left:.3f} s without one"]
    return []


def _ended(candidate: Callable[..., Any], call: Call, seconds: float) -> float:
    """The seconds that a call takes to which a signal comes after so many."""

    def handle(*_: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGALRM, handle)
    began = time.perf_counter()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        call(candidate)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Stopped:
        pass
    finally:
        signal.signal(signal.SIGALRM, before)
    return time.perf_counter() - began
