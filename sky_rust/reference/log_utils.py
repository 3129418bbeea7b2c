"""The spec of the functions of `sky.utils.log_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import time

from sky_rust import _requirements

pendulum = _requirements.library("pendulum", "pendulum", __name__)

#: The words of units, as they are written in durations that have all of them, and in those that have the largest.
_ALL_UNITS = {" second": "s", " minute": "m", " hour": "h", " day": "d", " week": "w", " month": "mo"}
_LARGEST_UNIT = {"second": "sec", "minute": "min", "hour": "hr"}


def readable_time_duration(start: float | None, end: float | None = None, absolute: bool = False) -> str:
    """The time between two moments in words: `3 days ago`, `in 2 hrs`, `5 mins before`; or exactly: `1d 2h 3s`.

    Mirrors `sky.utils.log_utils.readable_time_duration`, the same in SkyPilot 0.10.0 to 0.14.1.

    Args:
        start: seconds since 1970; None and negative numbers stand for a moment that is not known.
        end: seconds since 1970; None for now. A start and an end of 0 stand for a moment that is not known.
        absolute: all units, from years to seconds, instead of the largest one, rounded, with the direction.

    Returns:
        The words that pendulum has in its present language, of which some are shortened where they are English; `-` if
        the start is not known. Months and years are those of the calendar, in UTC. Less than a second has no direction.

    Raises:
        TypeError: a moment is no number.
        ValueError: a moment is no number (NaN), or in no year from 1 to 9999.
        OverflowError: a moment is too large for the system.
    """
    if start is None or start < 0 or end == start == 0:
        return "-"
    ended = None if end is None else pendulum.from_timestamp(end)
    began = pendulum.from_timestamp(start)
    interval = began.diff(ended)
    words: str = interval.in_words() if absolute else began.diff_for_humans(ended)
    if interval.in_seconds() < 1:
        words = "< 1 second"
    for unit, short in (_ALL_UNITS if absolute else _LARGEST_UNIT).items():
        words = words.replace(f"{unit}s", short if absolute else f"{short}s").replace(unit, short)
    return words


def human_duration(start: int | None, end: int | None = None) -> str:
    """The time between two moments in its largest units, as Kubernetes shows ages: `45s`, `9m5s`, `2d3h`, `3y20d`.

    Mirrors `sky.utils.log_utils.human_duration`, the same in SkyPilot 0.10.0 to 0.14.1.

    Args:
        start: seconds since 1970; None and 0 stand for a moment that is not known.
        end: seconds since 1970; None for now, in whole seconds.

    Returns:
        Whole numbers of one unit, or of two while the smaller one still says something: seconds below two minutes,
        minutes and seconds below ten minutes, minutes below three hours, hours and minutes below eight hours, hours
        below two days, days and hours below eight days, days below two years, years and days below eight years. A year
        has 365 days. `0s` if nothing has passed, or the start is not known.

    Raises:
        TypeError: a moment is no number.
    """
    if not start or start <= 0:
        return "0s"
    seconds = (int(time.time()) if end is None else end) - start
    if seconds <= 0:
        return "0s"
    minutes, hours = int(seconds / 60), int(seconds / 3600)
    days, years = int(hours / 24), int(hours / 24 / 365)
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", int(seconds) % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 8 * 24:
        return _two(days, "d", hours % 24, "h")
    if hours < 2 * 365 * 24:
        return f"{days}d"
    if hours < 8 * 365 * 24:
        return _two(years, "y", days % 365, "d")
    return f"{years}y"


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    """Two units, or one if there is nothing of the smaller."""
    return f"{large}{unit}{small}{smaller}" if small else f"{large}{unit}"
