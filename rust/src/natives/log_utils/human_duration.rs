//! `human_duration(start, end=None)`.
//!
//! Answers: a start that is `None` or an `int` of 64 bits, and an end that is the same, less than 2**53 seconds apart.
//! Declines: floats, which the shortest durations print as they are; bools; longer durations, whose quotients Python rounds
//! in another way.

use crate::cpython::{Answer, OrDecline, number, object, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["start", "end"]),
    guards: &[GUARDS],
    thresholds: &[EXACT as u64, 120, 600, 10_800, 28_800, 172_800, 691_200, 63_072_000, 252_288_000],
    call,
};

/// The function `time.time`.
static CLOCK: Handle = Handle::new();

const GUARDS: &[Guard] = &[Guard::builtin("int"), Guard::c_function("time.time", &["time"]).kept_as(&CLOCK)];

/// From here on not every int is a float.
const EXACT: i64 = 1 << 53;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let start = arguments.optional_int(0)?.unwrap_or(0);
    if start <= 0 {
        return text::ascii(py, &[b"0s"]);
    }
    let end = match arguments.optional_int(1)? {
        Some(end) => end,
        None => {
            // Python's own object: a library that stops time for tests may have replaced its C function.
            let now = number::float(&object::call(&arguments.kept(&CLOCK)?)?).or_decline()?;
            only_if(now.abs() < EXACT as f64)?;
            now as i64
        }
    };
    let seconds = end.checked_sub(start).or_decline()?;
    only_if(seconds < EXACT)?;
    text::ascii(py, &[in_words(seconds).as_bytes()])
}

/// The duration in the two largest units that are worth saying. Quotients are rounded as Python's `/` rounds them.
fn in_words(seconds: i64) -> String {
    let quotient = |number: i64, divisor: f64| (number as f64 / divisor) as i64;
    let two = |large: i64, unit: char, small: i64, smaller: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{smaller}") }
    };
    let minutes = quotient(seconds, 60.0);
    let hours = quotient(seconds, 3600.0);
    let days = quotient(hours, 24.0);
    let years = (hours as f64 / 24.0 / 365.0) as i64;
    match (seconds, minutes, hours) {
        (..=0, ..) => "0s".to_owned(),
        (..120, ..) => format!("{seconds}s"),
        (_, ..10, _) => two(minutes, 'm', seconds % 60, 's'),
        (_, ..180, _) => format!("{minutes}m"),
        (.., ..8) => two(hours, 'h', minutes % 60, 'm'),
        (.., ..48) => format!("{hours}h"),
        (.., ..192) => two(days, 'd', hours % 24, 'h'),
        (.., ..17_520) => format!("{days}d"),
        (.., ..70_080) => two(years, 'y', days % 365, 'd'),
        _ => format!("{years}y"),
    }
}
