"""Every object that an original looks up may be replaced: the result follows, and the native answers afterwards."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.testing import Call, assert_same_outcome
from tests.functions import candidate, suite_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust._registry import Function

pytestmark = pytest.mark.usefixtures("attached")

CU = "sky.utils.common_utils"

PATCHES = [(function, *pair) for function in FUNCTIONS for pair in suite_of(function).PATCHES]


def shown(result: object) -> str:
    """A result as text, without the addresses, which differ between equal results."""
    return re.sub(r"\b0x[0-9a-f]+", "at an address", repr(result))


@pytest.mark.parametrize(
    ("of", "what", "patch"), PATCHES, ids=[f"{function.name}-{what}" for function, what, _ in PATCHES]
)
def test_the_result_follows_a_patch(of: Function, what: str, patch: Callable[[], Any]) -> None:
    name, call = of.name, suite_of(of).CALL
    function, control = candidate(name), sky_rust.control(name)
    call(function)
    before = sky_rust.stats()[name]
    with patch():
        try:
            expected = shown(call(control))
        except Exception as error:
            expected = shown(error)
        try:
            found = shown(call(function))
        except Exception as error:
            found = shown(error)
        reason = sky_rust.status()[name].reason
    during = sky_rust.stats()[name]
    assert found == expected
    assert (during.answers, during.declines) == (before.answers, before.declines + 1)
    # CPython 3.13 calls no watcher when `decodevalue` is replaced: a call finds it, the status doesn't.
    assert reason.startswith("declines at the moment: ") or "decodevalue" in what
    assert_same_outcome(control, function, call)
    assert sky_rust.stats()[name].answers == during.answers + 1
    assert sky_rust.status()[name].backend == "rust"


def test_hash_file_follows_a_patch_of_hashlib() -> None:
    with mock.patch("hashlib.new", lambda name: hashlib.sha1(b"seed")):
        found = candidate("hash_file")(__file__, "md5").hexdigest()
        assert found == sky_rust.control("hash_file")(__file__, "md5").hexdigest()


def test_a_hash_object_of_somebodys_own() -> None:
    class Keeper:
        name, digest_size, block_size = "keeper", 1, 1

        def __init__(self, data: bytes = b"") -> None:
            self.views: list[memoryview] = []

        def update(self, view: memoryview) -> None:
            self.views.append(view)

    constructors: Any = hashlib.__dict__["__builtin_constructor_cache"]
    with mock.patch.dict(constructors, {"keeper": Keeper}):
        before = sky_rust.stats()["hash_file"]
        kept: Any = candidate("hash_file")(__file__, "keeper")
        assert sky_rust.stats()["hash_file"].answers == before.answers
        assert kept.views


def test_installed_inside_a_patch() -> None:
    sky_rust.uninstall("get_cpu_count")
    function = candidate("get_cpu_count")
    with mock.patch("psutil.cpu_count", lambda: 1), mock.patch("os.sched_getaffinity", lambda pid: {0}):
        sky_rust.install("get_cpu_count")
        assert function() == 1
    before = sky_rust.stats()["get_cpu_count"].answers
    assert function() == sky_rust.control("get_cpu_count")()
    assert sky_rust.stats()["get_cpu_count"].answers == before + 1


def test_an_original_that_is_patched_away_is_left_alone() -> None:
    sky_rust.uninstall("format_float")
    with mock.patch(f"{CU}.format_float", lambda num: "mock") as patched:
        sky_rust.install("format_float")
        assert candidate("format_float") is patched
        assert "patched" in sky_rust.status()["format_float"].reason
    sky_rust.install("format_float")
    assert sky_rust.status()["format_float"].backend == "rust"


def plus(number: float, precision: int = 1) -> str:
    return f"plus {number} {precision}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("__code__", plus.__code__), ("__defaults__", (3,)), ("__defaults__", None), ("__kwdefaults__", {"precision": 2})],
)
def test_another_code_or_other_defaults(field: str, value: Any) -> None:
    function = candidate("format_float")
    was = getattr(function, field)
    setattr(function, field, value)
    try:
        control = sky_rust.control("format_float")
        for call in (Call((2.345,)), Call((2.345, 2)), Call((), {"num": 2.345})):
            try:
                expected = call(control)
            except TypeError as error:
                with pytest.raises(TypeError, match=str(error).replace("(", r"\(").replace(")", r"\)")):
                    call(function)
            else:
                assert call(function) == expected
        assert sky_rust.status()["format_float"].backend == "python"
        assert "replaced" in sky_rust.status()["format_float"].reason
        sky_rust.uninstall("format_float")
        assert getattr(function, field) == value
    finally:
        setattr(function, field, was)
        sky_rust.install("format_float")
    assert sky_rust.status()["format_float"].backend == "rust"


def test_code_that_somebody_kept_and_puts_back() -> None:
    function = candidate("format_float")
    kept = function.__code__
    sky_rust.uninstall("format_float")
    function.__code__ = kept
    sky_rust.install("format_float")
    before = sky_rust.stats()["format_float"]
    assert function(2.5) == "2.5"
    assert function(True) == "True"
    after = sky_rust.stats()["format_float"]
    assert (after.answers, after.declines) == (before.answers + 1, before.declines + 1)
    sky_rust.uninstall("format_float")
    assert function.__code__ is sky_rust.control("format_float").__code__


def test_other_code_and_back_needs_no_more_than_an_install() -> None:
    function, own = candidate("format_float"), sky_rust.control("format_float").__code__
    function.__code__ = plus.__code__
    sky_rust.install("format_float")
    assert "code that is not SkyPilot's" in sky_rust.status()["format_float"].reason
    assert function(2.5).startswith("plus")
    function.__code__ = own
    sky_rust.install("format_float")
    before = sky_rust.stats()["format_float"].answers
    assert function(2.5) == "2.5"
    assert sky_rust.stats()["format_float"].answers == before + 1


def test_one_patch_under_both_names() -> None:
    from sky.utils import common_utils as skys

    from sky_rust.utils import common_utils as ours

    for target in ("sky.utils.common_utils.format_float", "sky_rust.utils.common_utils.format_float"):
        with mock.patch(target) as patched:
            assert skys.format_float is ours.format_float is patched
        assert skys.format_float is ours.format_float is not patched
        assert ours.format_float(2.0) == "2"


def test_autospec_and_wraps() -> None:
    with mock.patch(f"{CU}.format_float", autospec=True) as spec:
        candidate("format_float")(1.5, precision=2)
        spec.assert_called_once_with(1.5, precision=2)
        with pytest.raises(TypeError):
            candidate("format_float")()
