//! `format_float(num, precision=1)`.
//!
//! Answers: an `int` of 64 bits, whatever the precision; a `float`, with a precision of 0 to 300.
//! Declines: larger ints (`sys.set_int_max_str_digits` has a say), bools, other numbers, and other precisions: a negative
//! one is an error, and a str follows the format language's rules.

use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, OrDecline, objects, only_if, text};

/// What the registry binds.
pub const NATIVE: Native = Native {
    parameters: &["num", "precision"],
    looks_up: &[&[Pin::builtin("isinstance"), Pin::builtin("int"), Pin::builtin("str")]],
    call,
};

/// Below this, a whole float is an exact `i64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let Some(value) = call.float(0) else {
        return whole(call, call.int(0)?);
    };
    if value.fract() == 0.0 {
        // A whole number ignores the precision, even a bad one.
        if value.abs() < EXACT && !(value == 0.0 && value.is_sign_negative()) {
            return whole(call, value as i64);
        }
        return objects::format_fixed(call.py(), value, 0);
    }
    let precision = call.int(1)?;
    only_if((0..=300).contains(&precision))?;
    objects::format_fixed(call.py(), value, i32::try_from(precision).or_decline()?)
}

fn whole<'py>(call: &Call<'_, 'py>, value: i64) -> Answer<'py> {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let sign: &[u8] = if value < 0 { b"-" } else { b"" };
    text::ascii(call.py(), &[sign, &digits[at..]])
}
