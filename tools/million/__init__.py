"""Random calls of a function by the million, native against original: `python -m tools.million NAME [COUNT] [SEED]`.

The properties of the differential suite look for small calls that differ, and take a thousand times as long for each.
The calls here are made with `random` alone, by a generator of the function's own: there is a module of them for each
module of `sky.utils`. A call that the native declines is the original's, so COUNT says how many are to be answered.
"""

from __future__ import annotations

import inspect
import pickle
import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import sky_rust
from sky_rust import _native
from sky_rust.testing import Call, Outcome, candidate
from sky_rust.testing._outcome import compared
from sky_rust.testing._source import Source
from tools.million import common_utils, config_utils, log_utils, message_utils, yaml_utils

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Differences after which nothing more is tried, and calls between two lines of progress.
_ENOUGH, _PROGRESS = 100, 100_000

#: Of how many calls one is looked at whether it changes its arguments.
_WATCHED = 20

#: The most calls that are made for an answer.
_CALLS_AN_ANSWER = 10

#: How often two calls are made that a second's end came between, until their answers are compared for good.
_TRIES = 3

#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    **common_utils.CASES,
    **config_utils.CASES,
    **log_utils.CASES,
    **message_utils.CASES,
    **yaml_utils.CASES,
}


def main(name: str, count: int, seed: int) -> int:
    """Makes the calls, and prints each that differs.

    Args:
        name: the function, one of `CASES`.
        count: how many calls are to be answered.
        seed: of the random numbers.

    Returns:
        The exit status: 1 if a call differed, after the hundredth at the latest, if the native panicked, or if it
        answered fewer than one call of ten.
    """
    rng = random.Random(seed)
    native, control = candidate(name), sky_rust.control(name)
    parameters = list(inspect.signature(control).parameters)
    made = answered = differences = 0
    panics, start = _panics(name), time.process_time()
    cases = CASES[name](rng)
    while answered < count and made < _CALLS_AN_ANSWER * count and differences < _ENOUGH:
        call = _some_by_keyword(rng, parameters, next(cases))
        made += 1
        found = _differences(name, native, control, call, watch_arguments=made % _WATCHED == 0)
        answered += found is not None
        if found:
            differences += 1
            print("\n".join((f"differs: {name} for {Source().of(call)}", *found)), flush=True)
        if made % _PROGRESS == 0:
            print(f"{name}: {made:,} calls, {answered:,} answered", flush=True)
    took = time.process_time() - start
    counts = f"{made:,} calls, {answered:,} answered, {made - answered:,} declined, {differences} differ"
    print(f"{name}, seed {seed}: {counts}, {took:.0f} s", flush=True)
    if panicked := _panics(name) - panics:
        print(f"{name}: the native panicked in {panicked:,} calls", flush=True)
    return 1 if differences or panicked or answered < count else 0


def _panics(name: str) -> int:
    return sum(count for reason, count in _native.reasons(name).items() if "panicked" in reason)


def _some_by_keyword(rng: random.Random, parameters: list[str], arguments: tuple[Any, ...]) -> Call:
    """A call in which, at times, the last arguments are given by keyword."""
    by_position = rng.randrange(len(arguments) + 1) if rng.random() < 0.2 else len(arguments)
    return Call(arguments[:by_position], dict(zip(parameters[by_position:], arguments[by_position:])))


class _Made(NamedTuple):
    """What is seen of one call.

    outcome: the caller's part of it.
    by_native: whether the native answered.
    second: that in which the call ended.
    """

    outcome: Outcome
    by_native: bool
    second: int


def _differences(
    name: str, native: Callable[..., Any], control: Callable[..., Any], call: Call, *, watch_arguments: bool
) -> list[str] | None:
    """A line for each thing in which an answer differs from the original's outcome; `None` where the call is declined.

    Where a second ends between the two calls, an answer that counts seconds until now is another one: both are made
    again.
    """
    found: list[str] = []
    for _ in range(_TRIES):
        second, before = int(time.time()), _written(call) if watch_arguments else None
        answer = _made(name, native, call)
        if not answer.by_native:
            return None
        if before is not None and _written(call) != before:
            return ["  the arguments are changed"]
        expected = _made(name, control, call)
        if answer.outcome == expected.outcome:
            return []
        found = compared(expected.outcome, answer.outcome)
        if expected.second == second:
            break
    return found


def _made(name: str, function: Callable[..., Any], call: Call) -> _Made:
    """Makes a call. Its outcome has the types of all that is in the result, its order, and what is the same object."""
    answers = _native.counts(name)[0]
    value: object = None
    error: BaseException | None = None
    try:
        value = function(*call.args, **call.kwargs)
    except Exception as raised:
        error = raised
    by_native = _native.counts(name)[0] != answers
    outcome = Outcome.of(value, error, (*call.args, *call.kwargs.values()))
    return _Made(outcome, by_native, int(time.time()))


def _written(call: Call) -> bytes | None:
    """The arguments, with all that is in them; `None` where one can't be pickled."""
    try:
        return pickle.dumps((call.args, call.kwargs), pickle.HIGHEST_PROTOCOL)
    except Exception:
        return None
