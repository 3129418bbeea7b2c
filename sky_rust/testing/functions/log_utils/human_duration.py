"""Calls of `human_duration`."""

from __future__ import annotations

import time

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._worlds import Clock

_DAY = 86_400


def named() -> list[Named]:
    """Calls as callers make them."""
    now = int(time.time())
    return [
        Named("5 minutes", Call((now - 325, now))),
        Named("3 days", Call((now - 3 * _DAY - 7200, now))),
        Named("3 years, until now", Call((now - 1200 * _DAY,))),
        Named("a float", Call((now - 325.5, now)), declined=True),
    ]


def extremes() -> list[Call]:
    """Durations that 64 bits don't count, such as are printed as floats, and one unit more than a whole number.

    And clocks that show a fraction, or what no clock of the kernel's shows.
    """
    most = 2**63
    ends = (5_552_395_768_668_095_701, most - 1, 7.5)
    # One more of the smaller unit, in each pair of units.
    one_more = (2 * 60 + 1, 3 * 3600 + 60, 3 * _DAY + 3600, 3 * 365 * _DAY + _DAY)
    return [
        *(Call((1, end)) for end in ends),
        *(Call((1, 1 + seconds)) for seconds in one_more),
        Call((most - 1, -most)),
        Call((1.5, 7)),
        *(Call((1,), {}, (Clock(shows),)) for shows in (120.7, 2.0**53 - 1, 2.0**53, -1.5, float("nan"), "noon", 7)),
    ]


def generated() -> Domain:
    """Durations around every unit; moments that are not known, to come, or no ints."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    # One second below, at and above each threshold, and multiples of each unit.
    around = st.builds(int.__add__, st.sampled_from([0, 60, *thresholds("human_duration")]), st.integers(-61, 61))
    multiples = st.builds(
        lambda unit, count, more: unit * count + more,
        st.sampled_from([60, 3600, _DAY, 365 * _DAY]),
        st.integers(0, 12) | st.integers(0, 200),
        st.sampled_from([0, 0, 1, 60, 3600, _DAY]),
    )
    durations = st.one_of(around, multiples, st.integers(0, 3 * 10**8), st.integers(0, 2**53 - 1))
    starts = st.integers(1, 2 * 10**9)
    common_durations = durations.filter(lambda seconds: seconds < 2**53)
    closed = st.builds(lambda start, seconds: Call((start, start + seconds)), starts, common_durations)
    # Until now: only hours and longer units, which don't change between two calls, and starts that are to come.
    now = int(time.time())
    open_starts = st.integers(10, now - 28_800).map(lambda start: now - start) | st.integers(now + 100, 2**40)
    open_starts = open_starts.filter(lambda start: not now - 28_900 < start <= now + 100)
    # Until any moment, at which the clock stands.
    stopped = st.builds(
        lambda start, seconds, fraction: Call((start,), {}, (Clock(start + seconds + fraction),)),
        starts,
        durations.filter(lambda seconds: seconds < 2**50),  # above, a float has no such fractions
        st.sampled_from([0.0, 0.25, 0.75]),
    )
    unknown = st.sampled_from([None, 0, -1, -(2**40)])
    common = st.one_of(
        closed,
        stopped,
        with_arguments(open_starts),
        with_arguments(open_starts, st.none()),
        with_arguments(unknown),
        with_arguments(starts, end=starts),
        with_arguments(start=starts, end=starts).filter(lambda call: len(call.kwargs) == 2),
    )
    floats = st.floats(allow_nan=True)
    odd = st.one_of(
        with_arguments(floats | anything, starts),
        with_arguments(starts, floats | anything.filter(lambda it: it is not None)),
        st.builds(lambda seconds: Call((1, 1 + seconds)), st.integers(2**53, 2**70)),
        with_arguments(st.booleans() | st.just("5"), starts),
        with_arguments(st.floats(0, 100) | st.integers(1, 100), st.floats(0, 300)),
        st.sampled_from([-(2**63), 2**63 - 1]).map(lambda end: Call((1, end))),
        with_arguments(starts, starts, starts),
        with_arguments(),
    )
    return Domain(common, odd)
