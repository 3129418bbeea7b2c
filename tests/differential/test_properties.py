"""Every function, on the calls of its strategy, against the SkyPilot that is installed: in three ways.

Each call is made twice over: once where SkyPilot's log records can't be seen, and once where a handler sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

import sky_rust
from sky_rust.testing import Call, assert_same_outcome, calls
from sky_rust.testing._functions import begin, extreme_calls
from tests.functions import NAMES, REFERENCE_ONLY, candidate, reference

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")


def same(name: str, control: Callable[..., Any], other: Callable[..., Any]) -> None:
    @given(calls(name))
    def for_every_call(call: Call) -> None:
        for watch_records in (False, True):
            assert_same_outcome(control, other, call, watch_records=watch_records)

    for_every_call()


@pytest.mark.parametrize("name", NAMES)
def test_attached_is_the_control(name: str) -> None:
    same(name, sky_rust.control(name), candidate(name))
    assert sky_rust.stats()[name].answers > 50


@pytest.mark.parametrize("name", sorted(set(NAMES) - REFERENCE_ONLY))
def test_reference_is_the_control(name: str) -> None:
    same(name, sky_rust.control(name), reference(name))


@pytest.mark.parametrize("name", sorted(set(NAMES) - REFERENCE_ONLY))
def test_reference_is_the_control_at_extremes(name: str) -> None:
    for call in extreme_calls(name):
        if call.kwargs.get("override_configs") is not None:
            continue  # the spec of Config.get_nested has no overrides
        assert_same_outcome(sky_rust.control(name), reference(name), call)


@pytest.mark.parametrize("name", sorted(set(NAMES) - REFERENCE_ONLY))
def test_native_is_the_reference(name: str) -> None:
    same(name, reference(name), candidate(name))


@pytest.mark.parametrize("name", NAMES)
def test_common_calls_are_answered(name: str) -> None:
    function = candidate(name)
    begin(name, sky_rust.control(name))
    before = sky_rust.stats()[name]

    @given(calls(name, common_only=True))
    def for_every_call(call: Call) -> None:
        with call.world():
            call(function)

    for_every_call()
    after = sky_rust.stats()[name]
    answers, declines = after.answers - before.answers, after.declines - before.declines
    assert answers + declines >= 30
    assert answers / (answers + declines) >= 0.99
