//! `base36_encode(hex_str)`.
//!
//! Answers: a `str` of one or more hex digits, in either case, of any length.
//! Declines: signs, blanks, underscores, `0x`, digits that aren't ASCII, bytes, and whatever else `int(x, 16)` takes or
//! refuses.

use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, OrDecline, only_if, text, work};

/// What the registry binds.
pub const NATIVE: Native = Native {
    parameters: &["hex_str"],
    looks_up: &[&[Pin::builtin("int"), Pin::builtin("divmod")]],
    call,
};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The digits that one division gives, and what it divides by.
const AT_ONCE: usize = 6;
const DIVISOR: u64 = 36_u64.pow(AT_ONCE as u32);

/// How many limbs are divided between two looks at signals: some milliseconds' worth.
const LIMBS_A_STEP: usize = 1 << 21;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    let hex = call.text(0)?.ascii().or_decline()?;
    only_if(!hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit))?;

    let mut limbs: Vec<u32> = hex.rchunks(8).map(limb).collect();
    let mut digits = Vec::with_capacity(hex.len() + AT_ONCE);
    if limbs.len() * limbs.len() < LIMBS_A_STEP {
        while divide(&mut limbs, &mut digits) {}
    } else {
        let rounds = LIMBS_A_STEP.div_ceil(limbs.len());
        while work::released(py, || (0..rounds).all(|_| divide(&mut limbs, &mut digits))) {
            work::handle_signals(py)?;
        }
    }
    let leading_zeros = digits[1..].iter().rev().take_while(|&&digit| digit == b'0').count();
    digits.truncate(digits.len() - leading_zeros);
    digits.reverse();
    text::ascii(py, &[&digits])
}

/// Up to eight hex digits.
fn limb(digits: &[u8]) -> u32 {
    let nibble = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { (digit | 0x20) - b'a' + 10 };
    digits.iter().fold(0, |limb, &digit| limb << 4 | u32::from(nibble(digit)))
}

/// Divides the number, whose limbs come least significant first, and puts the digits of the remainder behind `digits`, in
/// the same order. Whether there is anything left.
fn divide(limbs: &mut Vec<u32>, digits: &mut Vec<u8>) -> bool {
    let mut rest = 0;
    for limb in limbs.iter_mut().rev() {
        let value = rest << 32 | u64::from(*limb);
        *limb = (value / DIVISOR) as u32;
        rest = value % DIVISOR;
    }
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    for _ in 0..AT_ONCE {
        digits.push(DIGITS[(rest % 36) as usize]);
        rest /= 36;
    }
    !limbs.is_empty()
}
