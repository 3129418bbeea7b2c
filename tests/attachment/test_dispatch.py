"""Calls get to a native with all of its parameters: many, keyword-only ones, and a method's `self`.

The natives are probes of a developers' build. They answer a call whose last argument is "answer" with all arguments.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust import _attachment, _native, _process
from sky_rust._registry import Function

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not hasattr(_native, "floor"), reason="needs a build with the feature `developer`")

MANY, KEYWORDS = Function("probe", ""), Function("keyword_probe", "")


class Config(dict):  # type: ignore[type-arg]
    """A class with a method of seven parameters, three of which have a default."""

    def get_nested(  # noqa: D102
        self,
        keys: object,
        default_value: object,
        override_configs: object,
        allowed_override_keys: object = "allowed",
        disallowed_override_keys: object = ("disallowed",),
        seventh: object = "answer",
    ) -> object:
        return ["original", keys, default_value, override_configs, allowed_override_keys, seventh]

    def other(self, keys: object) -> object:  # noqa: D102
        return keys


class Sub(Config):
    """A subclass that inherits everything."""


class Overriding(Config):
    """A subclass that overrides a method that the probe relies on."""

    def other(self, keys: object) -> object:  # noqa: D102
        return "overridden"


class Computing(Config):
    """A subclass whose instances compute their attributes."""

    def __getattribute__(self, name: str) -> object:  # noqa: D105
        return super().__getattribute__(name)


class Stranger(dict):  # type: ignore[type-arg]
    """A class of the same shape."""


def with_keywords(first: object, second: object = 2, *, third: object, fourth: object = "answer") -> object:
    return ["original", first, second, third, fourth]


@pytest.fixture
def method() -> Iterator[types.FunctionType]:
    """The method in its class, with the probe attached."""
    function: Any = vars(Config)["get_nested"]
    _attachment.attach(MANY, function)
    yield function
    _attachment.detach(MANY)


@pytest.fixture
def keywords() -> Iterator[Callable[..., Any]]:
    """The function with keyword-only parameters, with the probe attached."""
    function: Any = with_keywords
    _attachment.attach(KEYWORDS, function)
    yield with_keywords
    _attachment.detach(KEYWORDS)


def counts(function: Function) -> tuple[int, int]:
    answers, declines, *_ = _native.counts(function.name)
    return answers, declines


SELF, SUB = Config(), Sub()
KEYWORD = {"override_configs": 2}
#: Calls of the method, and the arguments that its native gets.
CALLS: list[tuple[Callable[[], Any], tuple[Any, ...]]] = [
    (lambda: SELF.get_nested("k", 1, 2), (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer")),
    (lambda: SUB.get_nested("k", 1, 2), (SUB, "k", 1, 2, "allowed", ("disallowed",), "answer")),
    (lambda: SELF.get_nested("k", 1, 2, 3, 4, "answer"), (SELF, "k", 1, 2, 3, 4, "answer")),
    (
        lambda: SELF.get_nested(keys="k", override_configs=2, default_value=1),
        (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer"),
    ),
    (
        lambda: SELF.get_nested("k", default_value=1, override_configs=2, disallowed_override_keys=5),
        (SELF, "k", 1, 2, "allowed", 5, "answer"),
    ),
    (
        lambda: Config.get_nested(SELF, "k", 1, 2, seventh="answer"),
        (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer"),
    ),
    (
        lambda: Config.get_nested(self=SELF, keys="k", default_value=1, override_configs=2),
        (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer"),
    ),
    (
        lambda: SELF.get_nested(*("k", 1), **KEYWORD),
        (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer"),
    ),
]


@pytest.mark.parametrize("at", range(len(CALLS)))
def test_a_method_with_seven_parameters(method: types.FunctionType, at: int) -> None:
    call, expected = CALLS[at]
    for _ in range(100):  # long enough for the interpreter to specialise the call
        before = counts(MANY)
        assert call() == expected
        assert counts(MANY) == (before[0] + 1, before[1])
    _attachment.detach(MANY)
    assert call() == ["original", *expected[1:5], expected[6]]


def test_a_declined_call_is_the_originals(method: types.FunctionType) -> None:
    before = counts(MANY)
    assert SELF.get_nested("k", 1, 2, seventh="decline") == ["original", "k", 1, 2, "allowed", "decline"]
    assert SELF.get_nested(1, 2, 3, 4, 5, 6) == ["original", 1, 2, 3, 4, 6]
    assert counts(MANY) == (before[0], before[1] + 2)


def test_self_is_an_instance_of_the_class(method: types.FunctionType) -> None:
    hiding = Config()
    hiding.other = len  # type: ignore[method-assign, assignment]
    for other in (Overriding(), Computing(), hiding, Stranger(), {}, None, Config):
        before = counts(MANY)
        assert Config.get_nested(other, "k", 1, 2)[0] == "original"  # type: ignore[arg-type, index]
        assert counts(MANY) == (before[0], before[1] + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Config, "other", len)
        before = counts(MANY)
        assert SELF.get_nested("k", 1, 2) == ["original", "k", 1, 2, "allowed", "answer"]
        assert counts(MANY) == (before[0], before[1] + 1)
    assert SELF.get_nested("k", 1, 2) == (SELF, "k", 1, 2, "allowed", ("disallowed",), "answer")


@pytest.mark.parametrize(
    "call",
    [
        lambda: SELF.get_nested("k", 1),  # type: ignore[call-arg]
        lambda: SELF.get_nested("k", 1, 2, 3, 4, "answer", 7),  # type: ignore[call-arg]
        lambda: SELF.get_nested("k", 1, 2, keys="k"),  # type: ignore[misc]
        lambda: SELF.get_nested("k", 1, 2, eighth="answer"),  # type: ignore[call-arg]
        lambda: Config.get_nested(),  # type: ignore[call-arg]
    ],
)
def test_calls_that_do_not_fit(method: types.FunctionType, call: Callable[[], Any]) -> None:
    with pytest.raises(TypeError) as attached:
        call()
    _attachment.detach(MANY)
    with pytest.raises(TypeError) as alone:
        call()
    assert str(attached.value) == str(alone.value)


def test_keyword_only_parameters(keywords: Callable[..., Any]) -> None:
    before = counts(KEYWORDS)
    for _ in range(100):
        assert keywords(1, third=3) == (1, 2, 3, "answer")
        assert keywords(1, 5, third=3, fourth="answer") == (1, 5, 3, "answer")
        assert keywords(fourth="answer", third=3, second=2, first=1) == (1, 2, 3, "answer")
    assert counts(KEYWORDS) == (before[0] + 300, before[1])
    assert keywords(1, third=3, fourth="decline") == ["original", 1, 2, 3, "decline"]
    for wrong in (lambda: keywords(1), lambda: keywords(1, 2, 3), lambda: keywords(1, third=3, fifth=5)):
        with pytest.raises(TypeError, match=r"with_keywords\(\)"):
            wrong()


def test_keyword_only_defaults_that_change(keywords: Callable[..., Any]) -> None:
    function: Any = with_keywords
    own = dict(function.__kwdefaults__)
    try:
        function.__kwdefaults__["fourth"] = "other"
        assert keywords(1, third=3) == ["original", 1, 2, 3, "other"]
        function.__kwdefaults__["fourth"] = "answer"
        assert keywords(1, third=3) == (1, 2, 3, "answer")
        del function.__kwdefaults__["fourth"]
        with pytest.raises(TypeError, match="fourth"):
            keywords(1, third=3)
        function.__kwdefaults__ = {"fourth": "answer", "third": 3}
        assert keywords(1) == ["original", 1, 2, 3, "answer"]  # not the dict that was there when it was attached
    finally:
        function.__kwdefaults__ = own


def test_defaults_are_neither_leaked_nor_lost(keywords: Callable[..., Any], method: types.FunctionType) -> None:
    defaults = [with_keywords.__kwdefaults__["fourth"], *(vars(Config)["get_nested"].__defaults__ or ())]

    def references() -> list[int]:
        for _ in range(2000):
            keywords(1, third=3)
            SELF.get_nested("k", 1, 2)
        return [sys.getrefcount(one) for one in defaults]

    assert references() == references()


def test_skypilots_own_method_is_reachable_by_its_name() -> None:
    """`Config.get_nested` of SkyPilot: found by its dotted path, attached, called, detached."""
    from sky.utils import config_utils

    from sky_rust import _skypilot

    line = Function("Config.get_nested", "config_utils")
    original = _skypilot.original(line)
    assert original is vars(config_utils.Config)["get_nested"]
    assert line.variable == "SKY_RUST_CONFIG_GET_NESTED"
    config = config_utils.Config({"a": {"b": 1}})
    expected = config.get_nested(("a", "b"), None)
    with pytest.raises(ValueError, match="has other parameters than its native"):
        _process.native().attach("keyword_probe", original)
    assert config.get_nested(("a", "b"), None) == expected == 1


@pytest.mark.parametrize("function", [len, Config, Config().get_nested, object()])
def test_only_functions_have_natives(function: object) -> None:
    with pytest.raises(TypeError, match="only a Python function"):
        _process.native().attach("probe", function)
