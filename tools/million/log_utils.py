"""Random calls of the functions of `sky.utils.log_utils`.

What they say of a time until now changes with the clock, at the full seconds after a start that is a whole number: all
starts of such calls are.
"""

from __future__ import annotations

import calendar
import math
import time
from typing import TYPE_CHECKING, Any

from sky_rust.testing._functions import thresholds
from sky_rust.testing._values import OddFloat, OddInt

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3_600, 86_400, 365 * 86_400
_UNITS = [1, _MINUTE, _HOUR, _DAY, 7 * _DAY, 28 * _DAY, 30 * _DAY, 31 * _DAY, _YEAR, _YEAR + _DAY]

#: No numbers, or of other types than a moment's.
_ODD: list[Any] = [
    True,
    False,
    "5",
    b"5",
    OddInt(5),
    OddFloat(5.5),
    math.nan,
    math.inf,
    -math.inf,
    2**70,
    1e300,
    [],
    1j,
]

#: Parts of a second: next to half a microsecond, which is rounded to even, and to a whole second.
_FRACTIONS = [0.5, 0.25, 1e-6, 5e-7, 4.9e-7, 1.5e-6, 2.5e-6, 0.999999, 0.9999994, 0.9999995, 0.9999996, 0.1, 1e-9]


def _seconds(rng: random.Random, limits: list[int]) -> int:
    """A duration around a limit, around a number of units, or any."""
    kind = rng.random()
    if kind < 0.3:
        return abs(rng.choice(limits) + rng.randrange(-61, 62))
    if kind < 0.8:
        unit, smaller = rng.choice(_UNITS), rng.choice(_UNITS)
        return abs(unit * rng.randrange(61) + smaller * rng.choice([0, 0, 1, -1, 2]) + rng.choice([0, 0, 1, -1]))
    return rng.randrange(10 ** rng.randrange(1, 11))


def short_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Durations around each unit, backwards too, and up to ones that floats don't count; until now; unknown starts."""
    limits = [one for one in thresholds("human_duration") if one < 10**10]
    large = [2**53, 2**62, 2**63]
    while True:
        kind = rng.random()
        seconds = _seconds(rng, limits)
        if kind < 0.55:
            start = rng.choice([1, rng.randrange(1, 2**31), rng.randrange(1, 2**40)])
            yield start, start + seconds
        elif kind < 0.7:  # quotients that a float rounds
            large_one = rng.choice([_HOUR, _DAY, _YEAR]) * rng.randrange(1, 10 ** rng.randrange(1, 10))
            yield 1, 1 + large_one + rng.choice([0, 0, 1, -1, _HOUR, -_HOUR])
        elif kind < 0.75:
            yield rng.randrange(1, 2**31), rng.randrange(-(2**31), 2**31)
        elif kind < 0.8:
            yield rng.choice([None, 0, -1, -(2**40), -rng.choice(large)]), rng.choice([None, 0, 5, 2**40])
        elif kind < 0.85:
            start = rng.choice([1, 2, *large]) + rng.randrange(-2, 3)
            yield start, start + rng.choice([-1, 1]) * (rng.choice(large) + rng.randrange(-2, 3))
        elif kind < 0.97:
            yield (int(time.time()) - seconds * rng.choice([1, 1, 1, -1]), None)[: rng.choice([1, 2])]
        else:
            several = [*_ODD, rng.uniform(0, 200), float(seconds), rng.randrange(1, 300)]
            yield rng.choice(several), rng.choice(several)


def long_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Moments at the ends of days, months and leap years, and far ones, in both orders; until now; unknown starts."""
    limits = list(thresholds("readable_time_duration"))[1:]

    def moment() -> Any:
        kind = rng.random()
        if kind < 0.6:
            year = rng.choice([1970, 1999, 2000, 2023, 2024, 2099, 2100, 2241, rng.randrange(1970, 2242)])
            month, day = rng.randrange(1, 13), rng.choice([1, 2, 15, 27, 28, 29, 30, 31])
            day = min(day, calendar.monthrange(year, month)[1])
            base = calendar.timegm((year, month, day, 0, 0, 0))
            base += rng.choice([0, 0, _DAY - 1, _DAY // 2, rng.randrange(_DAY)])
        else:
            base = rng.choice([0, 1, 2**31, 2**33, rng.randrange(2**33), rng.randrange(10**9, 2 * 10**9)])
        if rng.random() < 0.5:
            return base
        return base + rng.choice([*_FRACTIONS, 0.0, 0.0, rng.random(), rng.randrange(10**6) / 10**6])

    while True:
        kind = rng.random()
        absolute: Any = rng.random() < 0.5
        if kind < 0.4:
            start = moment()
            by = _seconds(rng, limits) + rng.choice([0, 0, 0, rng.choice(_FRACTIONS), -rng.choice(_FRACTIONS)])
            pair = [start, start + by]
            if by and rng.random() < 0.3:  # as a job's, whose end has other digits behind its point
                pair = [start + rng.random(), start + by]
        elif kind < 0.75:
            pair = [moment(), moment()]
        elif kind < 0.87:
            start = int(time.time()) - _seconds(rng, limits) * rng.choice([1, 1, 1, -1])
            pair = [float(start) if rng.random() < 0.3 else start, None]
        elif kind < 0.92:
            pair = [
                rng.choice([None, -1, -0.5, -1e-9, -(2**40), -math.inf, 0, 0.0, -0.0]),
                rng.choice([None, 0, 0.0, 5]),
            ]
        elif kind < 0.95:
            pair = [rng.randrange(2**33 - 2, 2**33 + 3), moment() * rng.choice([1, -1, 3])]
        else:
            pair = [rng.choice([*_ODD, moment()]), rng.choice([*_ODD, moment()])]
            absolute = rng.choice([True, False, 0, 1, None, "", "yes"])
        if rng.random() < 0.3:
            pair.reverse()
        if pair[1] is None and isinstance(pair[0], float) and not pair[0].is_integer():
            pair[0] = float(int(pair[0])) if math.isfinite(pair[0]) else 1.0
        yield (*pair, absolute)[: rng.choice([2, 3, 3]) if pair[1] is not None else rng.choice([1, 2, 3, 3])]


#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    "human_duration": short_cases,
    "readable_time_duration": long_cases,
}
