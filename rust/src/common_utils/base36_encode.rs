//! `base36_encode(hex_str)`.
//!
//! Answers: a `str` of one or more hex digits, in either case, of any length.
//! Declines: signs, blanks, underscores, `0x`, digits that aren't ASCII, bytes, and whatever else `int(x, 16)` takes or
//! refuses.

use num_bigint::BigUint;

use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, OrDecline, only_if, text, work};

/// What the registry binds.
pub const NATIVE: Native = Native {
    parameters: &["hex_str"],
    looks_up: &[&[Pin::builtin("int"), Pin::builtin("divmod")]],
    call,
};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// From this many hex digits on, the work takes milliseconds.
const LONG: usize = 4096;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let hex = call.text(0)?.ascii().or_decline()?;
    only_if(!hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit))?;
    let significant = &hex[hex.iter().take_while(|&&digit| digit == b'0').count()..];

    if significant.len() <= 32 {
        let value = significant.iter().fold(0_u128, |value, &digit| value << 4 | u128::from(nibble(digit)));
        let mut digits = [0; 25]; // 36 ** 25 > 2 ** 128
        return text::ascii(call.py(), &[encode(value, &mut digits)]);
    }
    let encoded = if significant.len() < LONG {
        encode_long(significant)
    } else {
        // Nothing to stop for inside: the conversion is one call of the library's.
        let encoded = work::released(call.py(), || encode_long(significant));
        work::handle_signals(call.py())?;
        encoded
    };
    text::ascii(call.py(), &[&encoded])
}

fn nibble(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { (digit | 0x20) - b'a' + 10 }
}

fn encode(mut value: u128, digits: &mut [u8; 25]) -> &[u8] {
    /// The largest power of 36 in a word: twelve digits at a time without wide division.
    const STEP: u64 = 36_u64.pow(12);
    let mut at = digits.len();
    loop {
        let mut low = (value % u128::from(STEP)) as u64;
        value /= u128::from(STEP);
        let width = if value == 0 { 0 } else { 12 };
        let end = at;
        while low > 0 || end - at < width {
            at -= 1;
            digits[at] = DIGITS[(low % 36) as usize];
            low /= 36;
        }
        if value == 0 {
            break;
        }
    }
    if at == digits.len() {
        at -= 1;
        digits[at] = b'0';
    }
    &digits[at..]
}

fn encode_long(significant: &[u8]) -> Vec<u8> {
    let nibbles: Vec<u8> = significant.iter().map(|&digit| nibble(digit)).collect();
    let value = BigUint::from_radix_be(&nibbles, 16).expect("every nibble is below 16");
    let mut digits = value.to_radix_be(36);
    for digit in &mut digits {
        *digit = DIGITS[usize::from(*digit)];
    }
    digits
}
