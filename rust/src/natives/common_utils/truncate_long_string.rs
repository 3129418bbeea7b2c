//! `truncate_long_string(s, max_length=35, truncate_middle=False)`.
//!
//! Answers: any `str`, a `max_length` of 0 or more, and a bool.
//! Declines: a negative `max_length`, whose slices count from the end; anything that isn't a str, an int and a bool.

use crate::cpython::{Answer, OrDecline, Text, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["s", "max_length", "truncate_middle"]),
    guards: &[&[Guard::builtin("len"), Guard::builtin("enumerate")]],
    thresholds: &[DOTS.len() as u64],
    call,
};

const DOTS: &[u8] = b"...";

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let string = arguments.text(0)?;
    let most = usize::try_from(arguments.int(1)?).or_decline()?;
    if string.len() <= most {
        return Ok(string.itself()); // the original hasn't looked at the third argument yet
    }
    if !arguments.bool(2)? {
        return around_dots(string, end_of_words(most, |start| string.find_space(start)), 0);
    }
    let Some(kept) = most.checked_sub(DOTS.len()).filter(|&kept| kept > 0) else {
        return text::ascii(arguments.py(), &[DOTS]);
    };
    around_dots(string, kept.div_ceil(2), kept / 2)
}

/// The number of characters kept of the beginning: up to the last word that ends within fewer than `most` letters,
/// spaces not counted, and `most` at least.
pub fn end_of_words(most: usize, find_space: impl Fn(usize) -> Option<usize>) -> usize {
    let mut letters = 0;
    let mut start = 0;
    // The first word with which there are `most` letters or more is left out, with the space before it. So is the last
    // word in any case: no space follows it.
    while let Some(space) = find_space(start) {
        letters += space - start;
        if letters >= most {
            break;
        }
        start = space + 1;
    }
    start.saturating_sub(1).max(most)
}

/// The first `start` characters, three dots, and the last `end` characters.
fn around_dots<'py>(string: Text<'_, 'py>, start: usize, end: usize) -> Answer<'py> {
    let py = string.py();
    if let Some(ascii) = string.ascii() {
        return text::ascii(py, &[&ascii[..start], DOTS, &ascii[ascii.len() - end..]]);
    }
    let length = string.len();
    let head = text::concat(&string.slice(0, start)?, &text::ascii(py, &[DOTS])?)?;
    if end == 0 {
        return Ok(head);
    }
    text::concat(&head, &string.slice(length - end, length)?)
}
