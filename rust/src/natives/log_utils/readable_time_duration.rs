//! `readable_time_duration(start, end=None, absolute=False)`.
//!
//! Answers: a start and an end that are `None`, or an `int` or a `float` from 0 to 2**33 seconds after 1970 (of a start that
//! is negative, the sign is enough), with `absolute` a `bool`, while pendulum speaks English.
//! Declines: bools and subclasses, moments before 1970 and after 2242, NaN; until now, if the local time zone is not known yet,
//! was set for a test, has no name, or is in an hour that its clocks show twice; a pendulum without its compiled part, and
//! pendulum 3.0, which warns at each call on CPython 3.12 and newer.

use pyo3::types::{PyAnyMethods, PyString};
use smallvec::SmallVec;

use super::calendar::{Between, Moment, SECOND};
use super::pendulum::{DATETIME, LOCAL, MOCKED, PENDULUM, TIMEZONE, UTC};
use crate::cpython::text::name;
use crate::cpython::{Answer, Object, OrDecline, Stop, datetime, number, object, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["start", "end", "absolute"]),
    guards: &[PENDULUM],
    // In seconds: the units of words, where these begin to be rounded up, and the months of 28 to 31 days.
    thresholds: &[
        LATEST as u64,
        1,
        11,
        60,
        3600,
        79_200,
        86_400,
        345_600,
        604_800,
        2_332_800,
        2_419_200,
        2_592_000,
        2_678_400,
        18_316_800,
        29_894_400,
        31_536_000,
        31_622_400,
    ],
    call,
};

/// The last second at which a moment is answered: up to here, floats tell the seconds between two moments exactly.
const LATEST: i64 = 1 << 33;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let Some(start) = Timestamp::of(&arguments.object(0))?.filter(|start| !start.is_negative()) else {
        return text::ascii(py, &[b"-"]);
    };
    let end = Timestamp::of(&arguments.object(1))?;
    if start.is_zero() && end.as_ref().is_some_and(Timestamp::is_zero) {
        return text::ascii(py, &[b"-"]);
    }
    let is_absolute = arguments.bool(2)?;
    let start = Moment::in_utc(start.microseconds()?);
    let (to, is_now) = match end {
        Some(end) => (Moment::in_utc(end.microseconds()?), false),
        None if is_absolute => (now(arguments)?, true),
        None => (local_now(arguments)?, true),
    };
    let is_future = start.instant > to.instant;
    let between = if is_future { Between::of(&to, &start) } else { Between::of(&start, &to) };
    let words = if is_absolute { all_units(&between) } else { largest_unit(&between, is_now, is_future) };
    text::ascii(py, &[&words])
}

/// Seconds since 1970.
enum Timestamp {
    Int(i64),
    Float(f64),
}

impl Timestamp {
    /// A moment, or `None`.
    fn of(object: &Object<'_>) -> Result<Option<Self>, Stop> {
        if object.is_none() {
            return Ok(None);
        }
        number::int(object).map(Self::Int).or_else(|| number::float(object).map(Self::Float)).or_decline().map(Some)
    }

    fn is_negative(&self) -> bool {
        match *self {
            Self::Int(seconds) => seconds < 0,
            Self::Float(seconds) => seconds < 0.0,
        }
    }

    fn is_zero(&self) -> bool {
        match *self {
            Self::Int(seconds) => seconds == 0,
            Self::Float(seconds) => seconds == 0.0,
        }
    }

    /// Rounded as `datetime.fromtimestamp` rounds: the fraction alone, half to even.
    fn microseconds(&self) -> Result<i64, Stop> {
        match *self {
            Self::Int(seconds) => {
                only_if((0..=LATEST).contains(&seconds))?;
                Ok(seconds * SECOND)
            }
            Self::Float(seconds) => {
                only_if((0.0..=LATEST as f64).contains(&seconds))?;
                Ok(seconds.trunc() as i64 * SECOND + (seconds.fract() * SECOND as f64).round_ties_even() as i64)
            }
        }
    }
}

/// The present moment by a clock in UTC.
fn now(arguments: &Arguments<'_, '_>) -> Result<Moment, Stop> {
    let clock = datetime::fields(&datetime_now(arguments, &arguments.kept(&UTC)?)?);
    within_reach(Moment::at(clock.or_decline()?, 0))
}

/// The present moment by a clock in the local time zone.
fn local_now(arguments: &Arguments<'_, '_>) -> Result<Moment, Stop> {
    let py = arguments.py();
    let zone = arguments.kept(&LOCAL)?;
    // Without a key, pendulum's compiled part raises.
    only_if(arguments.kept(&MOCKED)?.is_none() && zone.get_type().is(&arguments.kept(&TIMEZONE)?))?;
    only_if(object::attribute(&zone, name!(py, "key"))?.is_exact_instance_of::<PyString>())?;
    let now = datetime_now(arguments, &zone)?;
    // Before anything is asked of it: a clock may show no datetime.
    let fields = datetime::fields(&now).or_decline()?;
    let offset = object::call_method_with(&zone, name!(py, "utcoffset"), &now)?;
    let offset = i32::try_from(datetime::whole_seconds(&offset).or_decline()?).or_decline()?;
    within_reach(Moment::at(fields, offset))
}

/// `datetime.datetime.now(zone)`: a library that stops time for tests may have replaced what is behind it.
///
/// The original reads the clock twice, one after the other. To a caller, both may as well have read the same moment.
fn datetime_now<'py>(arguments: &Arguments<'_, 'py>, zone: &Object<'py>) -> Result<Object<'py>, Stop> {
    object::call_method_with(&arguments.kept(&DATETIME)?, name!(arguments.py(), "now"), zone)
}

/// A moment that a start or an end could be.
fn within_reach(moment: Moment) -> Result<Moment, Stop> {
    only_if((0..=LATEST * SECOND).contains(&moment.instant))?;
    Ok(moment)
}

/// Words, all of which are ASCII. The longest have 33 characters.
type Words = SmallVec<[u8; 64]>;

/// Every unit that is not 0, as in `1mo 2w 3h`. Only years have a word.
fn all_units(between: &Between) -> Words {
    let seconds = (between.seconds % 60) as i32;
    let units: [(i32, &[u8]); 7] = [
        (between.years, if between.years == 1 { b" year" } else { b" years" }),
        (between.months, b"mo"),
        (between.weeks, b"w"),
        (between.days, b"d"),
        (between.hours, b"h"),
        (between.minutes, b"m"),
        (seconds, b"s"),
    ];
    let mut words = Words::new();
    if between.seconds < 1 {
        words.extend_from_slice(b"< 1s");
        return words;
    }
    for (count, unit) in units {
        if count != 0 {
            if !words.is_empty() {
                words.push(b' ');
            }
            words.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
            words.extend_from_slice(unit);
        }
    }
    words
}

/// The largest unit, rounded, as in `3 days ago`, `in 2 hrs`, `1 min before` and `a few secs after`.
fn largest_unit(between: &Between, is_now: bool, is_future: bool) -> Words {
    let mut words = Words::new();
    if between.seconds < 1 {
        words.extend_from_slice(b"< 1 sec");
        return words;
    }
    let (before, after): (&[u8], &[u8]) = match (is_now, is_future) {
        (true, true) => (b"in ", b""),
        (true, false) => (b"", b" ago"),
        (false, true) => (b"", b" after"),
        (false, false) => (b"", b" before"),
    };
    words.extend_from_slice(before);
    match rounded(between) {
        Some((count, unit)) => {
            words.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
            words.push(b' ');
            words.extend_from_slice(unit);
            if count != 1 {
                words.push(b's');
            }
        }
        None => words.extend_from_slice(b"a few secs"),
    }
    words.extend_from_slice(after);
    words
}

/// How many of the largest unit it is, with what is left rounded up; `None` for a few seconds.
fn rounded(between: &Between) -> Option<(i32, &'static [u8])> {
    let Between { years, months, weeks, days, hours, minutes, seconds } = *between;
    let days_of_month = weeks * 7 + days;
    let seconds = (seconds % 60) as i32;
    if years > 0 {
        Some((years + i32::from(months > 6), b"year"))
    } else if months == 11 && days_of_month > 15 {
        Some((1, b"year"))
    } else if months > 0 {
        Some((months + i32::from(days_of_month >= 27), b"month"))
    } else if weeks > 0 {
        Some((weeks + i32::from(days > 3), b"week"))
    } else if days > 0 {
        Some((days + i32::from(hours >= 22), b"day"))
    } else if hours > 0 {
        Some((hours, b"hr"))
    } else if minutes > 0 {
        Some((minutes, b"min"))
    } else if seconds > 10 {
        Some((seconds, b"sec"))
    } else {
        None
    }
}
