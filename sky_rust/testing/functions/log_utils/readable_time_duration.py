"""Calls of `readable_time_duration`."""

from __future__ import annotations

import calendar
import io
import struct
import time

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._worlds import Clock, Replaced

_DAY = 86_400
_YEAR = 365 * _DAY

#: The last second that the native answers.
_LATEST = 2**33

#: Parts of a second: halves of a microsecond, which are rounded to even, and those next to a whole second.
_FRACTIONS = (0.5, 0.25, 1e-6, 5e-7, 1.5e-6, 2.5e-6, 0.999999, 0.9999994, 0.9999995, 0.9999996)


def named() -> list[Named]:
    """Calls as callers make them."""
    now = time.time()
    return [
        Named("5 minutes ago", Call((now - 325,))),
        Named("3 days ago", Call((now - 3 * _DAY - 7200,))),
        Named("1 hour 2 minutes, absolute", Call((now - 3725.5, now), {"absolute": True})),
        Named("a year, absolute", Call((now - 400 * _DAY, now), {"absolute": True})),
        Named("not known", Call((None,))),
        Named("before 1970", Call((now, -now)), declined=True),
    ]


def extremes() -> list[Call]:
    """The limits of words, the ends of months, the last second that is answered, and numbers that are no moments.

    And clocks, which stand: see `_until_a_stopped_clock`.
    """
    moment = 1_700_000_000
    ends = (
        (11, 10, 1, 0.999999, 59, 60, 3600),
        (_DAY, _DAY + 22 * 3600, _DAY + 22 * 3600 - 1, 7 * _DAY, 10 * _DAY, 11 * _DAY),
        (58 * _DAY, 57 * _DAY, 350 * _DAY, 351 * _DAY, 549 * _DAY, 580 * _DAY),
    )
    differences = [seconds for some in ends for seconds in some]
    closed: list[tuple[float, float]] = [(moment, moment + by) for by in differences]
    closed += [(end, start) for start, end in closed]
    # From the last days of a month to those of others: whole months, and days that are none.
    days = [_utc(year, month, day) for year in (2023, 2024, 2100) for month, day in _MONTH_ENDS]
    closed += [(start, end) for start in days for end in days if start < end]
    closed += [(0, 0.0), (0.0, 1), (-0.0, 5), (0.9999995, 1), (5e-7, 1), (-1e-9, 5), (5, -1e-9)]
    closed += [(0, _LATEST), (0.0, float(_LATEST)), (1, _LATEST + 1), (_LATEST - 1e-6, 0), (0.5, 1e12)]
    closed += [(1.5, True), (float("nan"), 1), (1, float("inf"))]
    return [Call(args) for args in closed] + [Call((*args, True)) for args in closed] + _until_a_stopped_clock()


#: Month and day.
_MONTH_ENDS = ((1, 30), (1, 31), (2, 27), (2, 28), (3, 1), (3, 30), (3, 31), (4, 30), (12, 31))


def generated() -> Domain:
    """Durations around every unit and between month ends, in both directions; other time zones and languages."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddFloat, OddInt, anything, in_world, with_arguments

    fractions = st.sampled_from(_FRACTIONS) | st.floats(0, 1, exclude_max=True)
    limits = st.sampled_from([0, 60, *thresholds("readable_time_duration")])
    around = st.builds(int.__add__, limits, st.integers(-61, 61))
    multiples = st.builds(
        lambda unit, count, more: unit * count + more,
        st.sampled_from([1, 60, 3600, _DAY, 7 * _DAY, 30 * _DAY, 31 * _DAY, _YEAR, _YEAR + _DAY]),
        st.integers(0, 12) | st.integers(0, 60),
        st.sampled_from([0, 0, 1, -1, 60, 3600, -3600, _DAY]),
    )
    days = st.builds(
        lambda year, month, day, seconds: _utc(year, month, day) + seconds,
        st.integers(1970, 2200) | st.sampled_from([1999, 2000, 2023, 2024, 2099, 2100]),
        st.integers(1, 12),
        st.sampled_from([1, 2, 15, 27, 28, 29, 30, 31]),
        st.sampled_from([0, 0, _DAY - 1, 43_200]) | st.integers(0, _DAY - 1),
    )
    seconds = st.one_of(days, days, st.integers(10**9, 2 * 10**9), st.integers(0, _LATEST))
    moments = seconds | st.builds(float.__add__, seconds.map(float), fractions)
    durations = (around | multiples).map(abs) | st.builds(float.__add__, multiples.map(float), fractions)

    def reachable(pair: tuple[float, float]) -> bool:
        return all(0 <= moment <= _LATEST for moment in pair)

    later = st.builds(lambda start, by: (start, start + by), moments, durations)
    pairs = (later | later.map(lambda pair: pair[::-1]) | st.tuples(moments, moments)).filter(reachable)
    closed = st.builds(
        lambda pair, absolute, named: Call(pair, {"absolute": absolute}) if named else Call((*pair, absolute)),
        pairs,
        st.booleans(),
        st.booleans(),
    )
    # Until now: only words that don't change between two calls, or at a moment at which the clock stands.
    now = int(time.time())
    ago = st.integers(2 * 3600, now // 3600 * 3600).map(lambda by: now - by // 3600 * 3600 - 1800)
    to_come = st.integers(2 * 3600, 10**9).map(lambda by: now + by // 3600 * 3600 + 1800)
    until_now = st.one_of(
        with_arguments(ago | ago.map(float) | to_come), with_arguments(ago, end=st.none(), absolute=st.just(False))
    )
    zones = st.sampled_from(_ZONES).map(_zone)
    local = zones.map(lambda zone: Replaced(f"{_LOCAL}:_local_timezone", zone))
    stopped = st.builds(
        lambda pair, absolute, worlds: Call((pair[0],), {"absolute": absolute}, (Clock(float(pair[1])), *worlds)),
        pairs,
        st.booleans(),
        st.tuples() | st.tuples(local),
    )
    unknown = st.sampled_from([None, -1, -0.5, -(2**40), float("-inf")])
    common = st.one_of(
        closed,
        closed,
        closed,
        until_now,
        stopped,
        pairs.map(Call),
        with_arguments(unknown, end=moments, absolute=st.booleans()),
        st.sampled_from([Call((0, 0)), Call((0.0, 0)), Call((0, 0), {"absolute": True})]),
    )
    languages = st.sampled_from(["de", "fr"]).map(lambda name: Replaced("pendulum:_LOCALE", name))
    zones = zones | st.just("Europe/Paris")  # no zone, but its name
    large = st.sampled_from([_LATEST + 1, float(_LATEST) + 1, 2**40, 253_402_300_800, 2**63, 1e300, float("nan")])
    numbers = st.sampled_from([True, False, OddInt(3), OddFloat(2.5)]) | large | st.floats() | st.integers(-(2**70), 0)
    odd = st.one_of(
        with_arguments(numbers | anything, moments),
        with_arguments(moments, (numbers | anything).filter(lambda it: it is not None)),
        with_arguments(moments, moments, st.sampled_from([None, 0, 1, "", "yes", [], OddInt(0)])),
        with_arguments(moments, moments, st.booleans(), moments),
        with_arguments(),
        # Clocks of other time zones, and a language that is not SkyPilot's.
        in_world(until_now, zones.map(lambda zone: Replaced(f"{_LOCAL}:_local_timezone", zone))),
        in_world(until_now, zones.map(lambda zone: Replaced(f"{_LOCAL}:_mock_local_timezone", zone))),
        in_world(closed | until_now, languages),
    )
    return Domain(common, odd)


#: The module in which pendulum remembers the local time zone.
_LOCAL = "pendulum.tz.local_timezone"

#: Zones ahead of UTC and behind it, with and without half an hour, and one on both sides of the date line.
_ZONES = ("America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/GMT+12")


def _until_a_stopped_clock() -> list[Call]:
    """Calls until now, where the clock stands in the first minute of a month, after the last second, or is an odd one.

    Set back to UTC, the clocks of some zones are in minute 60 of the hour before, or on day 0 of the month. Moments of
    the same minute seem to be later.
    """
    half_a_minute, without_name = (_own_zone(30, key="Half/Minute"), _own_zone(3600))
    zones = [*map(_zone, ("Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns")), half_a_minute]
    first_minutes = [_utc(2024, month, 1) for month in (1, 3, 11)]
    rows: list[tuple[float, object, object]] = [
        (start + by, start + 30.0, zone) for start in first_minutes for by in (10.5, 50) for zone in zones
    ]
    odd = (_LATEST + 0.0, _LATEST + 1.0, -1.0, UnreadableMoment(), _moment_of_pendulum())
    rows += [(1, shows, zones[0]) for shows in odd]
    rows.append((1, 1e9, without_name))
    return [
        Call((start,), {"absolute": absolute}, (Clock(shows), Replaced(f"{_LOCAL}:_local_timezone", zone)))
        for start, shows, zone in rows
        for absolute in (False, True)
    ]


class UnreadableMoment:
    """What a clock shows that can't be read: to look at it is an error, wherever one looks."""

    def __getattr__(self, name: str) -> object:
        """Raises RuntimeError."""
        raise RuntimeError("an unreadable moment")

    def __repr__(self) -> str:
        """As code."""
        return "UnreadableMoment()"


def _moment_of_pendulum() -> object:
    """What a clock shows that is an instance of a subclass of `datetime`."""
    import pendulum

    return pendulum.datetime(2024, 3, 1)


def _own_zone(offset: int, **key: str) -> object:
    """A time zone that is always so many seconds ahead of UTC, with a name or without."""
    import pendulum

    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    file = b"TZif" + bytes(16) + counts + struct.pack(">lbb", offset, 0, 0) + b"LMT\0"
    return pendulum.Timezone.from_file(io.BytesIO(file), **key)


def _zone(name: str) -> object:
    import pendulum

    return pendulum.timezone(name)


def _utc(year: int, month: int, day: int) -> int:
    """Midnight of a day in UTC, or of the month's last where it has no such day."""
    return calendar.timegm((year, month, min(day, calendar.monthrange(year, month)[1]), 0, 0, 0))
