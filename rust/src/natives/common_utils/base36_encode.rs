//! `base36_encode(hex_str)`.
//!
//! Answers: a `str` of one or more hex digits, in either case, of any length.
//! Declines: signs, blanks, underscores, `0x`, digits that aren't ASCII, bytes, and every other argument, whether
//! `int(x, 16)` takes it or refuses it.

use smallvec::{CollectionAllocErr, SmallVec};

use crate::cpython::error::raise_memory_error;
use crate::cpython::{Answer, OrDecline, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals;
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["hex_str"]),
    guards: &[&[Guard::builtin("int"), Guard::builtin("divmod")]],
    thresholds: &[A_LIMB as u64, INLINE as u64, LONG as u64],
    call,
};

/// A number, least significant limb first. Up to 512 bits, more than callers pass, fit in without the heap.
pub type Limbs = SmallVec<[u32; 16]>;

/// The number's digits to the base 36, least significant first.
pub type Digits = SmallVec<[u8; 64]>;

/// Two digits to the base 36, the less significant one first.
const PAIRS: [[u8; 2]; 36 * 36] = {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut pairs = [[0; 2]; 36 * 36];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = [DIGITS[at % 36], DIGITS[at / 36]];
        at += 1;
    }
    pairs
};

/// The digits that one division gives, and the divisor for so many.
const AT_ONCE: usize = 6;
const DIVISOR: u64 = 36_u64.pow(AT_ONCE as u32);

/// The hex digits of a limb.
const A_LIMB: usize = 8;

/// The most hex digits whose number needs no memory but the stack: its limbs, and the digits that are made of them.
const INLINE: usize = 64;

/// The most hex digits that are converted at once, in a few milliseconds.
const LONG: usize = 1448 * A_LIMB;

/// The most limbs that are divided before signals are handled again, as many as `LONG` takes.
const LIMBS_A_STEP: usize = 1 << 21;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let hex = arguments.text(0)?.ascii().or_decline()?;
    only_if(is_hex(hex))?;
    let (mut limbs, mut digits) = (Limbs::new(), Digits::new());
    make_room(&mut limbs, &mut digits, hex.len()).map_err(|_| raise_memory_error(py))?;
    limbs.extend(numbers(hex));
    if hex.len() <= LONG {
        while divide(&mut limbs, &mut digits) {}
    } else {
        let rounds = LIMBS_A_STEP.div_ceil(limbs.len());
        while signals::released(py, || (0..rounds).all(|_| divide(&mut limbs, &mut digits))) {
            signals::handle_signals(py)?;
        }
    }
    text::ascii(py, &[in_order(&mut digits)])
}

/// Whether the text is hex digits, one or more.
fn is_hex(hex: &[u8]) -> bool {
    // `fold` and `&` look at every digit: without an early end, the compiler checks several at once.
    !hex.is_empty() && hex.iter().fold(true, |all, digit| all & digit.is_ascii_hexdigit())
}

/// Makes room for the limbs of so many hex digits, and for the digits that are made of them.
pub fn make_room(limbs: &mut Limbs, digits: &mut Digits, hex_digits: usize) -> Result<(), CollectionAllocErr> {
    let count = hex_digits.div_ceil(A_LIMB);
    if hex_digits <= INLINE {
        return Ok(());
    }
    limbs.try_grow(count)?;
    // A limb has 6.2 digits, and each division makes `AT_ONCE`.
    digits.try_grow(count * 7 + AT_ONCE)
}

/// The limbs of the number `int(hex, 16)`, the least significant one first.
pub fn numbers(hex: &[u8]) -> impl Iterator<Item = u32> + '_ {
    hex.rchunks(A_LIMB).map(limb)
}

/// The limb of up to eight hex digits.
fn limb(digits: &[u8]) -> u32 {
    let mut eight = [b'0'; A_LIMB];
    eight[A_LIMB - digits.len()..].copy_from_slice(digits);
    let eight = u64::from_be_bytes(eight);
    // Letters alone have bit 6 set. The low four bits of `a` or `A` are 1, those of `b` or `B` are 2: add 9 for the
    // value.
    let nibbles = (eight & 0x0f0f_0f0f_0f0f_0f0f) + 9 * (eight >> 6 & 0x0101_0101_0101_0101);
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) as u32
}

/// Divides the number, and appends the digits of the remainder to `digits`. True while the number is not yet zero.
pub fn divide(limbs: &mut Limbs, digits: &mut Digits) -> bool {
    let mut rest = 0;
    for limb in limbs.iter_mut().rev() {
        let value = rest << 32 | u64::from(*limb);
        *limb = (value / DIVISOR) as u32;
        rest = value % DIVISOR;
    }
    let zeros = limbs.iter().rev().take_while(|&&limb| limb == 0).count();
    limbs.truncate(limbs.len() - zeros);
    let mut six = [0; AT_ONCE];
    for pair in six.chunks_exact_mut(2) {
        pair.copy_from_slice(&PAIRS[(rest % 36_u64.pow(2)) as usize]);
        rest /= 36_u64.pow(2);
    }
    digits.extend_from_slice(&six);
    !limbs.is_empty()
}

/// The digits in the order of the result: most significant first, without leading zeros.
pub fn in_order(digits: &mut Digits) -> &[u8] {
    let leading_zeros = digits[1..].iter().rev().take_while(|&&digit| digit == b'0').count();
    digits.truncate(digits.len() - leading_zeros);
    digits.reverse();
    digits
}
