"""What `nox -s fuzz` does with bytes, without libFuzzer: natives answer, and what is wrong is raised."""

from __future__ import annotations

import inspect
import itertools
import random
import types
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust._registry import FUNCTIONS
from sky_rust.reference import log_utils
from sky_rust.testing import Call, MismatchError
from tests.fuzz import targets

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")


@pytest.fixture
def counts() -> dict[bool, int]:
    """How many calls were answered, and how many declined."""
    return {True: 0, False: 0}


@pytest.fixture
def count(counts: dict[bool, int]) -> Callable[[bool], None]:
    def count(is_answered: bool) -> None:
        counts[is_answered] += 1

    return count


def pretend(monkeypatch: pytest.MonkeyPatch, answer: Any, obstacle: tuple[str, str] | None) -> None:
    """Lets every native answer so, with that obstacle."""
    pretended = types.SimpleNamespace(ask=lambda name, arguments: answer, obstacle=lambda name: obstacle)
    monkeypatch.setattr(targets, "_native", pretended)


def test_those_of_the_machine_are_functions() -> None:
    assert {function.name for function in FUNCTIONS} >= targets._OF_THE_MACHINE


@pytest.mark.parametrize("name", targets.TEXTS)
def test_texts_to_begin_with_are_answered(name: str, counts: dict[bool, int], count: Callable[[bool], None]) -> None:
    execution = targets.execution(name, count)
    for text in itertools.islice((text for text in targets.TEXTS[name].seeds() if len(text) < 1000), 200):
        execution(text.encode("utf-8", "surrogatepass"))
    assert min(counts.values()) > 10


def test_bytes_are_calls(counts: dict[bool, int], count: Callable[[bool], None]) -> None:
    execution, dice = targets.execution("format_float", count), random.Random(0)
    for _ in range(50):
        execution(dice.randbytes(500))
    assert counts[True] > 10


def test_bytes_that_are_no_text_are_lone_surrogates() -> None:
    assert list(targets.TEXTS["safe_load"].arguments(b"a\xff\xe9")) == [("a\udcff\udce9",)]


@pytest.mark.parametrize("answer", [("other", None), ({"a": 1.0}, None), ({"a": True}, None), (None, ValueError("a"))])
def test_a_wrong_answer_is_raised(answer: Any, count: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch) -> None:
    execution = targets.execution("safe_load", count)
    pretend(monkeypatch, ({"a": 1}, None), None)
    execution(b"a: 1\n")
    pretend(monkeypatch, answer, None)
    with pytest.raises(MismatchError, match=r"safe_load differs for Call\(args=\('a: 1"):
        execution(b"a: 1\n")


def test_a_panic_is_raised(count: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch) -> None:
    execution = targets.execution("safe_load", count)
    pretend(monkeypatch, None, ("changed", "patched"))
    execution(b"a: 1\n")
    pretend(monkeypatch, None, ("changed", "the native panicked: at scanner.rs"))
    with pytest.raises(targets.PanicError, match=r"safe_load, for Call\(.*: the native panicked"):
        execution(b"a: 1\n")


def test_the_clock_is_not_asked() -> None:
    signature = inspect.signature(log_utils.human_duration)
    made = [Call((1,)), Call((1, None)), Call((1,), {"end": None}), Call((1, 2)), Call((1,), {"end": 2}), Call(())]
    assert [targets._has_end(signature, call) for call in made] == [False, False, False, True, True, True]
