"""Paths to secrets that plugins add: the next call of `redact_sensitive_values` follows them, and is answered."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust import _skypilot
from sky_rust._registry import function
from sky_rust.testing import Call, assert_same_outcome
from tests.functions import candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("attached")

NAME = "redact_sensitive_values"
CONFIG: dict[str, Any] = {"db": "secret", "plugin": {"tokens": [{"token": "secret"}, {"token": None}], "user": "u"}}
ADDED = ("plugin", "tokens", "*", "token")


@pytest.fixture
def paths() -> Iterator[list[Any]]:
    """A list of paths that the original reads during a test."""
    module: Any = sys.modules[_skypilot.original(function(NAME)).__module__]
    with mock.patch.object(module, "SENSITIVE_CONFIG_PATHS", [*module.SENSITIVE_CONFIG_PATHS]) as changed:
        yield changed


@pytest.mark.parametrize(
    "change",
    [lambda paths: paths.append(ADDED), lambda paths: paths.__setitem__(0, ADDED), lambda paths: paths.clear()],
)
def test_a_change_of_the_list_counts_at_the_next_call(paths: list[Any], change: Callable[[list[Any]], None]) -> None:
    redact, control = candidate(NAME), sky_rust.control(NAME)
    before = redact(CONFIG)
    assert before == {**CONFIG, "db": "<redacted>"}
    change(paths)
    declines = sky_rust.stats()[NAME].declines
    assert redact(CONFIG) != before
    assert_same_outcome(control, redact, Call((CONFIG,)))
    assert sky_rust.stats()[NAME].declines == declines


def test_what_is_no_path_leaves_the_call_to_the_original(paths: list[Any]) -> None:
    redact, control = candidate(NAME), sky_rust.control(NAME)
    paths.append(list(ADDED))
    declines = sky_rust.stats()[NAME].declines
    assert redact(CONFIG)["plugin"]["tokens"] == [{"token": "<redacted>"}, {"token": None}]
    assert sky_rust.stats()[NAME].declines == declines + 1
    paths.pop()
    assert_same_outcome(control, redact, Call((CONFIG,)))
    assert sky_rust.stats()[NAME].declines == declines + 1
