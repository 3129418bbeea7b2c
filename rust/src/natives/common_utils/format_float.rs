//! `format_float(num, precision=1)`.
//!
//! Answers: an `int` of 64 bits, whatever the precision; a `float`, with a precision of 0 to 300.
//! Declines: larger ints (`sys.set_int_max_str_digits` limits them), bools, other numbers, and other precisions: a
//! negative one is an error, and a str follows the rules of the format language.

use pyo3::prelude::*;

use crate::cpython::{Answer, OrDecline, Stop, number, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["num", "precision"]),
    guards: &[&[Guard::builtin("isinstance"), Guard::builtin("int"), Guard::builtin("str")]],
    thresholds: &[EXACT as u64, 1 << 63, MOST_PRECISE as u64, MOST_EXACT as u64, TOO_FAR as u64],
    call,
};

/// 2**53: each whole float below it is an `i64` exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The largest precision that is answered.
const MOST_PRECISE: i64 = 300;

/// A mantissa that is shifted so far or farther doesn't fit into the integers used here.
const TOO_FAR: u32 = 128;

/// The largest power of ten that 64 bits hold.
const MOST_EXACT: u32 = 19;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let Some(value) = arguments.float(0) else {
        return match arguments.int(0)? {
            0..=9 => digit(arguments.object(0)),
            value => whole(arguments.py(), value),
        };
    };
    if value.fract() == 0.0 {
        // The original ignores the precision of a whole number, even an invalid one.
        if value.abs() < EXACT && !(value == 0.0 && value.is_sign_negative()) {
            return whole(arguments.py(), value as i64);
        }
        return number::format_fixed(arguments.py(), value, 0);
    }
    let precision = arguments.int(1)?;
    only_if((0..=MOST_PRECISE).contains(&precision))?;
    let precision = i32::try_from(precision).or_decline()?;
    match scaled(value.abs(), precision as u32) {
        Some(scaled) => fixed(arguments.py(), value, scaled, precision as usize),
        None => number::format_fixed(arguments.py(), value, precision),
    }
}

/// The str of an int of one digit: a new one each time, while CPython shares strs of one character elsewhere.
fn digit<'py>(value: Borrowed<'_, 'py, PyAny>) -> Answer<'py> {
    value.str().map(Bound::into_any).map_err(|error| {
        error.restore(value.py());
        Stop::Raise
    })
}

fn whole(py: Python<'_>, value: i64) -> Answer<'_> {
    text::ascii(py, &[itoa::Buffer::new().format(value).as_bytes()])
}

/// `value * 10**precision`, rounded exactly as CPython rounds: to the nearest, and halfway to even. `None` where the
/// integers used here are too small for that.
///
/// `value` is finite, positive, and not whole.
pub fn scaled(value: f64, precision: u32) -> Option<u64> {
    let bits = value.to_bits();
    let exponent = (bits >> 52) as u32;
    // `value` is `mantissa / 2**shift`. A subnormal, whose exponent is 0, has no leading 1 and is left out.
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let shift = 1075_u32.checked_sub(exponent).filter(|shift| exponent > 0 && *shift < TOO_FAR)?;
    let power = (precision <= MOST_EXACT).then(|| 10_u64.pow(precision))?;
    let product = u128::from(mantissa) * u128::from(power);
    let (down, rest) = (product >> shift, product & ((1 << shift) - 1));
    let half = 1 << (shift - 1);
    let is_up = rest > half || (rest == half && down & 1 == 1);
    u64::try_from(down + u128::from(is_up)).ok()
}

/// The str of `scaled / 10**precision`, with the sign of `value`.
fn fixed(py: Python<'_>, value: f64, scaled: u64, precision: usize) -> Answer<'_> {
    const ZEROS: &[u8] = &[b'0'; 20];
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(scaled).as_bytes();
    let sign: &[u8] = if value < 0.0 { b"-" } else { b"" };
    let (before, after) = digits.split_at(digits.len().saturating_sub(precision));
    let before = if before.is_empty() { b"0" } else { before };
    let point: &[u8] = if precision > 0 { b"." } else { b"" };
    text::ascii(py, &[sign, before, point, &ZEROS[..precision - after.len()], after])
}
