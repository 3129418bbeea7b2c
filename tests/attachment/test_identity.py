"""The mirror's function is SkyPilot's own, attached or not."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import traceback
import types

import pytest

import sky_rust
from sky_rust import _skypilot
from tests.functions import MODULES, NAMES, REFERENCE_ONLY, candidate, reference

pytestmark = pytest.mark.usefixtures("attached")


@pytest.mark.parametrize("name", NAMES)
def test_the_function_is_skypilots(name: str) -> None:
    home = importlib.import_module(f"sky.utils.{MODULES[name]}")
    expected = reference(name) if name in REFERENCE_ONLY else _skypilot.look_up(home, name)
    for change in (sky_rust.install, sky_rust.uninstall, sky_rust.install):
        change()
        assert candidate(name) is expected
    missing = object()
    assert (_skypilot.look_up(home, name, missing) is missing) is (name in REFERENCE_ONLY)


@pytest.mark.parametrize("name", NAMES)
def test_introspection_is_unchanged(name: str) -> None:
    function, control = candidate(name), sky_rust.control(name)
    assert type(function) is types.FunctionType
    assert inspect.isfunction(function)
    assert inspect.signature(function) == inspect.signature(control)
    for field in (
        "__name__",
        "__qualname__",
        "__doc__",
        "__module__",
        "__defaults__",
        "__kwdefaults__",
        "__annotations__",
    ):
        assert getattr(function, field) == getattr(control, field)
    code, own = function.__code__, control.__code__
    for field in ("co_filename", "co_name", "co_firstlineno", "co_varnames", "co_argcount", "co_flags", "co_freevars"):
        assert getattr(code, field) == getattr(own, field)
    assert inspect.getsource(function) == inspect.getsource(control)
    if sys.version_info[:2] != (3, 11):
        assert code is own


@pytest.mark.parametrize("name", NAMES)
def test_the_control_is_a_clone_with_nothing_attached(name: str) -> None:
    control = sky_rust.control(name)
    assert control is not candidate(name)
    before = sky_rust.stats()[name]
    with contextlib.suppress(Exception):
        control("ff")
    assert sky_rust.stats()[name] == before
    assert not hasattr(control, "__wrapped__")


def test_a_tracebacks_frames_are_the_originals() -> None:
    def frames(function: object) -> list[tuple[str, int | None, str]]:
        try:
            function("no hex")  # type: ignore[operator]
        except ValueError as error:
            return [
                (frame.filename, frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)[1:]
            ]
        raise AssertionError

    assert frames(candidate("base36_encode")) == frames(sky_rust.control("base36_encode"))


def test_every_way_to_call() -> None:
    function = candidate("format_float")
    sites = [
        lambda: function(2.345, 2),
        lambda: function(2.345, precision=2),
        lambda: function(num=2.345, precision=2),
        lambda: function(precision=2, num=2.345),
        lambda: function(*(2.345, 2)),
        lambda: function(*(2.345,), precision=2),
        lambda: function(num=2.345, precision=2),
        lambda: next(map(function, [2.345], [2])),
        lambda: types.MethodType(function, 2.345)(2),
        lambda: __import__("functools").partial(function, precision=2)(2.345),
        lambda: (
            type("Holder", (), {"method": function, "__float__": None})  # a class whose dict has the function
            and "2.35"
        ),
    ]
    for site in sites:
        expected = site()
        for _ in range(200):  # long enough for the interpreter to specialise the site
            assert site() == expected
        sky_rust.uninstall("format_float")
        for _ in range(200):
            assert site() == expected
        sky_rust.install("format_float")
        before = sky_rust.stats()["format_float"].answers
        assert site() == expected
        assert sky_rust.stats()["format_float"].answers >= before


def test_keyword_calls_are_answered() -> None:
    function = candidate("truncate_long_string")
    before = sky_rust.stats()["truncate_long_string"]
    long = "x" * 60
    function(long)
    function(s=long)
    function(long, truncate_middle=True)
    function(truncate_middle=True, max_length=9, s=long)
    after = sky_rust.stats()["truncate_long_string"]
    assert (after.answers, after.declines) == (before.answers + 4, before.declines)


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f(),
        lambda f: f(1.5, 2, 3),
        lambda f: f(1.5, num=1.5),
        lambda f: f(1.5, other=2),
        lambda f: f(precision=2),
        lambda f: f(1.5, **{"".join(("pre", "cision")): 3}),
        lambda f: f(**{"num": 1.5, "x y": 2}),
    ],
)
def test_calls_that_do_not_fit(call: types.FunctionType) -> None:
    outcomes = []
    for function in (sky_rust.control("format_float"), candidate("format_float")):
        try:
            outcomes.append(repr(call(function)))
        except TypeError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
