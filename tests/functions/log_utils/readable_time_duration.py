"""Wrong natives of `readable_time_duration`, and patches of what it looks up."""

from __future__ import annotations

import contextlib
import importlib
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, attribute, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALENDAR = "rust/src/natives/log_utils/calendar.rs"
_RESOLVE = "rust/src/guards/resolve.rs"

FAULTS = (
    # Words.
    Fault("edge", "months > 6", "months >= 6", shows="A year and six months."),
    Fault("edge", "days_of_month >= 27", "days_of_month > 27", shows="A month and 27 days."),
    Fault("edge", "hours >= 22", "hours > 22", shows="A day and 22 hours."),
    Fault("edge", "seconds > 10", "seconds >= 10", shows="Ten seconds."),
    Fault("value", 'b" before"', 'b" ago"'),
    Fault("value", "between.years == 1", "false", shows="A year, absolute."),
    Fault("edge", "count != 1", "count > 2"),
    # The calendar.
    Fault("edge", "days == more", "false", _CALENDAR, "From the 31st of January to the 28th of February."),
    Fault("edge", "of_last.max(from.day)", "of_last", _CALENDAR, "From the 31st of January to the first of March."),
    Fault("value", "year % 100 != 0 || year % 400 == 0", "true", _CALENDAR, "From or to March 2100."),
    Fault(
        "world",
        "self.offset % 3600 / 60",
        "0",
        _CALENDAR,
        "The local time zone is half an hour ahead.",
    ),
    # Moments.
    Fault(
        "rounding",
        "(seconds.fract() * SECOND as f64).round_ties_even()",
        "(seconds.fract() * SECOND as f64).round()",
        shows="From half a microsecond to a second after 1970.",
    ),
    Fault("type", "arguments.bool(2)?", "arguments.bool(2).unwrap_or(false)", shows="An absolute of 1."),
    Fault("size", "(0.0..=LATEST as f64).contains(&seconds)", "seconds >= 0.0", shows="An end in the year 33658."),
    Fault("edge", "start.is_zero()", "false", shows="From 0 to 0."),
    # Worlds.
    Fault(
        "world",
        "arguments.kept(&MOCKED)?.is_none()",
        "true",
        shows="The local time zone that is set for tests is no zone.",
    ),
    Fault(
        "world",
        "arguments.kept(&LOCAL)?",
        "arguments.kept(&UTC)?",
        shows="The local time zone is none.",
    ),
    forgotten("pendulum.format_diff.@.pendulum._LOCALE", "pendulum speaks French."),
    Fault("guard", "self.locale(&object, digest)?", "()", _RESOLVE, unseen="verify changes no texts of pendulum's"),
    Fault(
        "memory",
        "largest_unit(&between, is_now, is_future)",
        "{ std::mem::forget(std::hint::black_box(vec![0u8; 64])); largest_unit(&between, is_now, is_future) }",
        shows="Each call leaves a few bytes.",
    ),
    Fault(
        "reference",
        "datetime_now(arguments, &zone)?",
        leaking("datetime_now(arguments, &zone)?"),
        shows="Each call until now leaves a datetime.",
    ),
)

CALL = Call((1_000_000_000, 1_040_000_000.5))


def _of_pendulum(path: str, name: str, value: Any) -> Callable[[], Any]:
    """Sets an attribute of a module of pendulum, or of a class in it: "datetime:DateTime"."""

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        module, _, owner = path.partition(":")
        # pendulum's top module has functions with the names of its modules.
        found = importlib.import_module(f"pendulum.{module}" if module else "pendulum")
        with attribute(getattr(found, owner) if owner else found, name, value):
            yield

    return patch


@contextlib.contextmanager
def _given_code() -> Iterator[None]:
    """Gives a property the code of another one from the same file."""
    from pendulum import Interval

    kept = Interval.years.fget.__code__
    Interval.years.fget.__code__ = Interval.months.fget.__code__
    try:
        yield
    finally:
        Interval.years.fget.__code__ = kept


@contextlib.contextmanager
def _given_defaults() -> Iterator[None]:
    """Makes durations longer by hours of which nobody says how many they are."""
    from pendulum import Duration

    kept = Duration.__new__.__defaults__
    Duration.__new__.__defaults__ = (0, 0, 0, 0, 0, 24 * 500, *kept[6:])
    try:
        yield
    finally:
        Duration.__new__.__defaults__ = kept


@contextlib.contextmanager
def _in_texts(*path: str) -> Iterator[None]:
    """Changes one of pendulum's English texts, and forgets those that were looked for."""
    import pendulum

    english = pendulum.locale("en")
    texts = english._data
    for part in path[:-1]:
        texts = texts[part]
    remembered = english._key_cache
    with mock.patch.dict(texts, {path[-1]: "for {0} long"}), mock.patch.dict(remembered, clear=True):
        yield


@contextlib.contextmanager
def _remembered() -> Iterator[None]:
    """Puts another text where pendulum remembers those that were looked for."""
    import pendulum

    with mock.patch.dict(pendulum.locale("en")._key_cache, {"custom.before": "{0} too early"}):
        yield


@contextlib.contextmanager
def _lazy() -> Iterator[None]:
    """Sets an attribute on SkyPilot's object that imports pendulum."""
    import pendulum
    from sky.utils import log_utils

    with attribute(log_utils.pendulum, "from_timestamp", lambda at: pendulum.datetime(2020, 1, 1)):
        yield


#: As pendulum's compiled part says it.
_THREE_DAYS = types.SimpleNamespace(years=0, months=0, days=3, hours=0, minutes=0, total_days=3)

PATCHES: Patches = (
    ("from_timestamp", replaced("pendulum.from_timestamp", lambda at: __import__("pendulum").datetime(2020, 1, 1))),
    ("from_timestamp of the lazy import", lambda: _lazy()),
    ("a method", _of_pendulum("datetime:DateTime", "diff_for_humans", lambda self, other: "long before")),
    (
        "a class's method",
        _of_pendulum("datetime:DateTime", "create", classmethod(lambda cls, *_, **__: cls(2020, 1, 1))),
    ),
    ("a property", _of_pendulum("interval:Interval", "years", property(lambda self: 7))),
    ("a property's code", lambda: _given_code()),
    ("an inherited method", _of_pendulum("interval:Interval", "in_seconds", lambda self: 0)),
    ("defaults", lambda: _given_defaults()),
    ("a constant", _of_pendulum("formatting.difference_formatter", "MONTHS_THRESHOLD_FOR_HALF_YEAR", 1)),
    (
        "a compiled function",
        _of_pendulum("interval", "precise_diff", importlib.import_module("pendulum._helpers").precise_diff),
    ),
    ("a builtin in a module of pendulum", _of_pendulum("duration", "int", lambda number: 0)),
    ("the language", _of_pendulum("", "_LOCALE", "fr")),
    ("a text", lambda: _in_texts("translations", "units", "year", "one")),
    ("a remembered text", lambda: _remembered()),
)
