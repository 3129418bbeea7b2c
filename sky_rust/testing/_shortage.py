"""Calls in which memory runs out: one of the allocations that Python makes fails, each in turn.

A call may raise MemoryError then, or get along without. It may do nothing that its original does in no such case, end
the process, leave references behind, or take a native off for good. CPython's own tests let allocations fail in this
way, with a module `_testcapi` that isn't installed everywhere. What the C library allocates for others doesn't fail.
"""

from __future__ import annotations

import functools
import gc
import importlib
import itertools
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust.testing._children import CrashError, in_child
from sky_rust.testing._outcome import Outcome
from sky_rust.testing._traces import frozen, references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sky_rust.testing._calls import Call

#: So many allocations fail, each in turn; of the later ones, each that is a tenth further on.
_EACH, _FURTHER = 120, 1.1

#: More than any call allocates.
_MOST = 10_000_000

#: How many calls a process makes.
_AT_ONCE = 20

#: More dicts than CPython keeps when they are no longer used, to give them out again without an allocation.
_KEPT = 100

#: The outcome of a call that raises MemoryError, which any call may without memory.
_OUT_OF_MEMORY = "MemoryError"


class Shortage(NamedTuple):
    """What a call has done without memory.

    made: how many times it was made.
    allocation: the number of the allocation that has failed in the last of them, from 1 on.
    lines: what is wrong with that one, a line each; none if nothing is.
    """

    made: int
    allocation: int = 0
    lines: tuple[str, ...] = ()


class _Tried(NamedTuple):
    """One call without memory.

    allocation: the number of the one that was to fail.
    outcome: what the call did, in words; '' where that is what it does with memory.
    is_reached: whether the call has made so many allocations.
    """

    allocation: int
    outcome: str
    is_reached: bool


def can_be_made() -> str:
    """Why no allocation can fail here; '' if it can."""
    return "" if hasattr(_testcapi(), "set_nomemory") else "this Python has no _testcapi"


@functools.cache
def _testcapi() -> Any:
    """CPython's module for its own tests; None without it."""
    with suppress(ImportError):
        return importlib.import_module("_testcapi")
    return None


def shortage(control: Callable[..., Any], candidate: Callable[..., Any], call: Call, allocation: int = 0) -> Shortage:
    """Makes a call of the candidate without memory, until something is wrong.

    Args:
        control: the original, which says what else than MemoryError may happen.
        candidate: the function with its native.
        call: the call, with its world.
        allocation: the number of the one allocation that fails; 0 for all of them, one after the other.
    """
    known: set[str] | None = None
    made = 0
    for several in [[allocation]] if allocation else _several():
        tried = _tries(candidate, call, several)
        made += len(tried)
        for one in tried:
            if one.outcome and one.outcome != _OUT_OF_MEMORY:
                known = _outcomes(control, call) if known is None else known
                if one.outcome not in known:
                    line = f"  without memory for allocation {one.allocation}: {one.outcome} (candidate)"
                    return Shortage(made, one.allocation, (line,))
        if not all(one.is_reached for one in tried):
            break
    return Shortage(made)


def _several() -> Iterator[list[int]]:
    """The numbers of allocations, those of one process in a list each."""
    numbers = iter(range(1, _EACH))
    further = itertools.accumulate(itertools.repeat(_FURTHER), lambda number, by: int(number * by), initial=_EACH)
    every = itertools.takewhile(lambda number: number < _MOST, itertools.chain(numbers, further))
    while several := list(itertools.islice(every, _AT_ONCE)):
        yield several


def _tries(function: Callable[..., Any], call: Call, allocations: list[int]) -> list[_Tried]:
    """Makes a call once for each of these allocations, which fail.

    Where that ends the process, there is one for each call: to end it is the outcome of some of them.
    """
    with suppress(CrashError):
        return _in_one_process(function, call, allocations)
    found = []
    for one in allocations:
        try:
            found += _in_one_process(function, call, [one])
        except CrashError as error:
            found.append(_Tried(one, f"the process: {error}", True))
    return found


def _outcomes(control: Callable[..., Any], call: Call) -> set[str]:
    """What the original does without memory. It may end the process: CPython's own functions do, in some places."""
    found = set[str]()
    for several in itertools.islice(_several(), 10):
        tried = _tries(control, call, several)
        found.update(one.outcome for one in tried)
        if not all(one.is_reached for one in tried):
            break
    return found


def _is_answered(function: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Whether a native answers a call."""
    before = _answers()
    with suppress(Exception):
        function(*args, **kwargs)
    return _answers() > before


def _answers() -> int:
    """How many calls natives have answered in this process."""
    from sky_rust import _native  # whoever compares functions of his own needs none

    return sum(_native.counts(name)[0] for name in _native.names())


def _in_one_process(function: Callable[..., Any], call: Call, allocations: list[int]) -> list[_Tried]:
    """Makes a call once for each of these allocations, which fail, in a process of its own.

    Raises:
        CrashError: the process has ended.
    """

    def work(_: object) -> list[_Tried]:
        gc.callbacks.clear()  # what they free, CPython keeps
        with frozen(), call.world():
            args, kwargs = call.arguments()
            with call.innermost():
                expected, _ = _made(function, args, kwargs, 0)
                is_native = _is_answered(function, args, kwargs)
                found = [_tried(function, args, kwargs, one, expected) for one in allocations]
                is_off = is_native and not _is_answered(function, args, kwargs)
            if is_off:
                found.append(_Tried(allocations[-1], "from then on, the native answers no more", True))
        return found

    made: list[_Tried] = in_child(work, lambda: None)
    return made


def _tried(function: Callable[..., Any], args: Any, kwargs: Any, allocation: int, expected: Outcome) -> _Tried:
    held = (*args, *kwargs.values())
    before = references(held)
    found, is_reached = _made(function, args, kwargs, allocation)
    words = _OUT_OF_MEMORY if _is_out_of_memory(found) else f"{found.value!r}, {found.exception!r}"
    words = re.sub(r" at 0x\w+", "", words)  # an object that the error names has another address in each process
    tried = _Tried(allocation, "" if found == expected else words, is_reached)
    del found  # it may hold an argument
    for collect in (lambda: None, gc.collect):
        collect()
        if not any(now > then for now, then in zip(references(held), before)):
            return tried
    return tried._replace(outcome="references to the arguments are left")


def _is_out_of_memory(found: Outcome) -> bool:
    """Whether a call has raised what CPython raises without memory."""
    return isinstance(found.exception, tuple) and found.exception[0] is MemoryError


def _made(function: Callable[..., Any], args: Any, kwargs: Any, allocation: int) -> tuple[Outcome, bool]:
    """Makes a call, in which that allocation fails (0: none): its outcome, and whether it made so many."""
    fail, mend, spend = _testcapi().set_nomemory, _testcapi().remove_mem_hooks, object
    value: object = None
    error: BaseException | None = None
    is_reached = True
    kept: list[dict[str, object]] = [{} for _ in range(_KEPT)]  # so that none is left (dict() would take none of them)
    try:
        if allocation:
            gc.collect()  # CPython keeps some freed dicts, floats and the like, for which it allocates nothing anew
            fail(allocation - 1, allocation)
        value = function(*args, **kwargs)
    except Exception as raised:
        error = raised
    try:
        for _ in range(2 * allocation):
            spend()
    except MemoryError:
        is_reached = False
    finally:
        mend()
        del kept
    return Outcome.of(value, error, ()), is_reached
