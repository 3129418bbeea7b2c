"""Finds each function's calls: in the one file that the registry's line leads to."""

from __future__ import annotations

import functools
import importlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust import _native
from sky_rust._registry import function as line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy

    from sky_rust._registry import Function
    from sky_rust.testing._calls import Call


class Named(NamedTuple):
    """One call with a label, as a caller makes it: a row of `demo` and `bench`.

    label: names the input.
    call: the call, with its world.
    large: whether the call takes so long that only `bench` measures it.
    declined: whether the native leaves the call to the original.
    """

    label: str
    call: Call
    large: bool = False
    declined: bool = False


class Domain(NamedTuple):
    """A function's strategy, in parts.

    common: the calls that callers make, which the native has to answer.
    odd: all other calls that reach the function's types, edges and traps.
    elsewhere: calls with `KernelFiles`, for a process with another view of the machine; None: the others do there too.
    """

    common: SearchStrategy[Call]
    odd: SearchStrategy[Call]
    elsewhere: SearchStrategy[Call] | None = None


class MissingCallsError(LookupError):
    """A function has no calls."""


def calls_file(function: Function) -> str:
    """The file that has a function's calls, as a path in the repository."""
    return f"sky_rust/testing/functions/{function.module}/{function.identifier}.py"


def calls_module(function: Function) -> Any:
    """The module that has a function's calls.

    Raises:
        MissingCallsError: there is no such module; the message names the file to write.
    """
    name = f"{__package__}.functions.{function.module}.{function.identifier}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and imports something that is not
        raise MissingCallsError(
            f"{function.name} has no calls: write named() and generated() in {calls_file(function)}"
        ) from None


def named(name: str) -> list[Named]:
    """The calls of a function that have a label.

    Raises:
        MissingCallsError: there are none; the message names the file to write.
    """
    calls: list[Named] = _part(name, "named")
    return calls


def begin(name: str, original: Callable[..., Any]) -> None:
    """Makes an original's calls that have a label: what it imports, or makes, when it is first called is there then.

    Until then its native declines.
    """
    for row in named(name):
        if not row.large:
            with suppress(Exception), row.call.world():
                row.call(original)


def long_calls(name: str) -> list[Call]:
    """Calls of a function that take a quarter of a second and more; none where there is no such call."""
    make = getattr(calls_module(line_of(name)), "long", None)
    found: list[Call] = make() if make else []
    return found


def extreme_calls(name: str) -> list[Call]:
    """Calls of a function that a strategy would seldom make, and the suite always makes: far beyond thresholds, say."""
    make = getattr(calls_module(line_of(name)), "extremes", None)
    found: list[Call] = make() if make else []
    return found


def calls(name: str, *, common_only: bool = False, elsewhere: bool = False) -> SearchStrategy[Call]:
    """Calls of a function, as a Hypothesis strategy.

    Args:
        name: the function.
        common_only: only calls that its native has to answer.
        elsewhere: calls for a process that has another view of the machine.

    Raises:
        MissingCallsError: there is no strategy for that function; the message names the file to write.
    """
    from hypothesis import strategies as st

    domain = _domain(name)
    if common_only:
        return domain.common
    if elsewhere and domain.elsewhere is not None:
        return domain.elsewhere
    return st.booleans().flatmap(lambda common: domain.common if common else domain.odd)


def thresholds(name: str, *, beyond: int = 1) -> list[int]:
    """The numbers just below, at and above each threshold of a native, and far beyond: so many times as much."""
    found = {max(0, one + by) for one in _native.thresholds(name) for by in (-1, 0, 1)}
    return sorted(found | {one * beyond for one in _native.thresholds(name)})


def near_misses(word: str, others: Callable[[str], Iterable[str]]) -> list[str]:
    """The words that differ from one in a single character.

    Args:
        word: the word.
        others: what to put in the place of a character, given that.
    """
    found = (f"{word[:at]}{other}{word[at + 1 :]}" for at in range(len(word)) for other in others(word[at]))
    return [one for one in dict.fromkeys(found) if one != word]


def has_elsewhere(name: str) -> bool:
    """Whether a function has calls of its own for a process that has another view of the machine."""
    return _domain(name).elsewhere is not None


@functools.cache
def _domain(name: str) -> Domain:
    domain: Domain = _part(name, "generated")
    return domain


def _part(name: str, part: str) -> Any:
    """The result of `named` or `generated` in a function's file."""
    try:
        function = line_of(name)
    except ValueError as error:
        raise MissingCallsError(str(error)) from None
    make = getattr(calls_module(function), part, None)
    if make is None:
        raise MissingCallsError(f"{name} has no calls of this kind: write {part}() in {calls_file(function)}")
    return make()
