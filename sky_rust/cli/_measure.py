"""Measures the time of calls: the original, the native and further callables, interleaved in one process."""

from __future__ import annotations

import gc
import importlib
import itertools
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import sky_rust
from sky_rust import _skypilot
from sky_rust.testing import assert_same_outcome, observe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sky_rust.cli._cases import Case
    from sky_rust.testing import Call

#: The seconds that one measurement of one side runs, and the most that a whole row may take.
SAMPLE = 0.004
ROW = 6.0
#: The fewest measurements of each side.
FEWEST = 5


class Spread(NamedTuple):
    """The median of several measurements, and the quartiles on both sides of it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """The spread of two values or more."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


class Other(NamedTuple):
    """The measurements of another callable, on the call of a case.

    seconds: the time of a call.
    over: the native's time, divided by this one.
    """

    seconds: Spread
    over: Spread


class Row(NamedTuple):
    """The measurements of one case.

    case: the call.
    same: whether the native's outcome is the original's.
    answered: the share of calls that the native answered.
    original, native: the time of a call, in seconds.
    ratio: of the original to the native. A ratio above 1 is faster than the original.
    others: the further callables.
    asked: whether the native was asked at all.
    """

    case: Case
    same: bool
    answered: float
    original: Spread
    native: Spread
    ratio: Spread
    others: tuple[Other, ...] = ()
    asked: bool = True

    @property
    def backend(self) -> str:
        """The backend that answers such calls: 'rust' or 'python'."""
        return "rust" if self.answered > 0.99 else "python"


def native(name: str) -> Callable[..., Any]:
    """The function as a user of the mirror calls it."""
    module = sky_rust.status()[name].module
    function: Callable[..., Any] = _skypilot.look_up(importlib.import_module(f"sky_rust.utils.{module}"), name)
    return function


def measure(case: Case, *, samples: int, others: Sequence[Callable[..., Any]] = ()) -> Row:
    """Measures one case.

    Args:
        case: the call; its function is installed (see `sky_rust.install`).
        samples: how many measurements of each side; fewer where a call takes long.
        others: further callables to measure on the same call. Their outcomes are not compared.
    """
    name = case.function
    function, control = native(name), sky_rust.control(name)
    try:
        assert_same_outcome(control, function, case.call)
        same = True
    except AssertionError:
        same = False
    raises = observe(control, case.call).exception is not None
    with case.call.world():
        loop = _loop(case.call, raises=raises)
        before = sky_rust.stats()[name]
        times = _sample(loop, [control, function, *others], samples)
        after = sky_rust.stats()[name]
    originals, natives, *rest = times
    answers, declines = after.answers - before.answers, after.declines - before.declines
    return Row(
        case,
        same,
        answers / (answers + declines) if answers else 0.0,
        Spread.of(originals),
        Spread.of(natives),
        Spread.of([original / native for original, native in zip(originals, natives)]),
        tuple(Other(Spread.of(one), Spread.of([ours / its for ours, its in zip(natives, one)])) for one in rest),
        answers + declines > 0,
    )


def _loop(call: Call, *, raises: bool) -> Callable[[Callable[..., Any], int], float]:
    """A function that makes `count` calls, in the form in which a caller writes them, and returns the seconds."""
    args, kwargs = call.arguments()
    names = [f"_{at}" for at in range(len(args))] + [f"{name}={name}" for name in kwargs]
    statement = f"function({', '.join(names)})"
    if raises:
        statement = f"try: {statement}\n        except Exception: pass"
    source = (
        f"def loop(function, count, {', '.join([*names[: len(args)], *kwargs])}):\n"
        "    start = clock()\n"
        "    for _ in repeat(None, count):\n"
        f"        {statement}\n"
        "    return clock() - start\n"
    )
    scope: dict[str, Any] = {"clock": time.perf_counter, "repeat": itertools.repeat}
    exec(source, scope)
    return lambda function, count: float(scope["loop"](function, count, *args, **kwargs))


def _sample(
    loop: Callable[[Callable[..., Any], int], float], sides: list[Callable[..., Any]], samples: int
) -> list[list[float]]:
    """The seconds of a call, one list a side: the sides are warmed up, then measured in turns."""
    count = max(1, int(SAMPLE / max(loop(sides[0], 1), 1e-9)))
    count = max(1, int(SAMPLE * count / loop(sides[0], count)))
    slowest = max(loop(side, count) for side in sides)
    samples = max(FEWEST, min(samples, int(ROW / (slowest * len(sides)))))
    collects = gc.isenabled()
    gc.disable()  # a collection would count for the side that it happens to interrupt
    try:
        turns = [[loop(side, count) / count for side in sides] for _ in range(samples)]
    finally:
        if collects:
            gc.enable()
    return [list(side) for side in zip(*turns)]
