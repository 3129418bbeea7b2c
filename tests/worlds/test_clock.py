"""The clock: durations until now, of which a strategy can't know how long they will be."""

from __future__ import annotations

import time

import pytest

import sky_rust
from sky_rust.testing import candidate

pendulum = pytest.importorskip("pendulum")

NAME = "readable_time_duration"


@pytest.fixture
def start() -> float:
    """A moment since which the number of whole seconds will not change for half a second."""
    control = sky_rust.control(NAME)
    control(1.0)  # pendulum imports what it needs for that, and looks for the local time zone
    candidate(NAME)(1.0)
    return time.time() - 3 * 86_400 - 125.5


def test_all_units_until_now(start: float) -> None:
    before = sky_rust.stats()[NAME].answers
    assert candidate(NAME)(start, absolute=True) == sky_rust.control(NAME)(start, absolute=True) == "3d 2m 5s"
    assert sky_rust.stats()[NAME].answers == before + 1


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Kiritimati"])
def test_by_the_clocks_of_another_zone(start: float, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = pytest.importorskip("pendulum.tz.local_timezone")
    monkeypatch.setattr(module, "_local_timezone", pendulum.timezone(zone))
    assert candidate(NAME)(start) == sky_rust.control(NAME)(start)


def test_a_zone_without_a_name_is_pendulums_own_business(start: float, monkeypatch: pytest.MonkeyPatch) -> None:
    module = pytest.importorskip("pendulum.tz.local_timezone")
    with open("/usr/share/zoneinfo/UTC", "rb") as file:
        monkeypatch.setattr(module, "_local_timezone", pendulum.Timezone.from_file(file))
    for function in (candidate(NAME), sky_rust.control(NAME)):
        with pytest.raises(TypeError):
            function(start)


def test_a_language_that_was_set_is_spoken(start: float) -> None:
    function = candidate(NAME)
    pendulum.set_locale("de")
    try:
        assert function(start) == sky_rust.control(NAME)(start) == "vor 3 Tagen"
    finally:
        pendulum.set_locale("en")
    assert function(start) == "3 days ago"
