//! The characters of a text, as UTF-8: YAML 1.1, chapter 5 ("Characters"). Mirrors `Reader`, of both loaders of PyYAML.
//!
//! Only texts are taken whose characters mean the same to both: no byte order mark, no line break but the line feed, and no
//! character that is not printable.

use std::borrow::Cow;

use crate::cpython::{Characters, OrDecline, Stop, only_if};

/// The characters as UTF-8, in place if they are ASCII. Declines where one is not printable or may be a line break or a mark,
/// and where there is no memory for a copy.
pub fn source(characters: Characters<'_>) -> Result<Cow<'_, [u8]>, Stop> {
    match characters {
        Characters::Ascii(text) => {
            only_if(are_taken(text))?;
            Ok(Cow::Borrowed(text))
        }
        Characters::One(text) => encoded(text.iter().map(|&it| it.into())),
        Characters::Two(text) => encoded(text.iter().map(|&it| it.into())),
        Characters::Four(text) => encoded(text.iter().copied()),
    }
}

/// The bytes of a file, if they are UTF-8 of such characters.
pub fn source_of_file(bytes: &[u8]) -> Result<&[u8], Stop> {
    let is_taken = match bytes.is_ascii() {
        true => are_taken(bytes),
        false => std::str::from_utf8(bytes).or_decline()?.chars().all(|it| is_taken(it.into())),
    };
    only_if(is_taken)?;
    Ok(bytes)
}

fn are_taken(ascii: &[u8]) -> bool {
    ascii.iter().all(|&byte| is_taken(byte.into()))
}

/// Whether it is printable, a space, a tab or a line feed, and neither another line break nor a byte order mark.
fn is_taken(character: u32) -> bool {
    matches!(character, 0x09 | 0x0a | 0x20..=0x7e | 0xa0..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..=0x10_ffff)
        && !matches!(character, 0x2028 | 0x2029 | 0xfeff)
}

fn encoded(characters: impl Iterator<Item = u32> + Clone) -> Result<Cow<'static, [u8]>, Stop> {
    let mut length = 0;
    for character in characters.clone() {
        only_if(is_taken(character))?;
        length += char::from_u32(character).or_decline()?.len_utf8();
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).or_decline()?;
    for character in characters.filter_map(char::from_u32) {
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(Cow::Owned(bytes))
}
