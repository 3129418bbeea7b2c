//! What a scalar's characters allow: whether it can be plain, or between single quotes. YAML 1.1, chapter 9 ("Scalar Styles").
//! Mirrors `Emitter.analyze_scalar`, for output in ASCII and outside of flow collections, since SkyPilot's dumper writes nothing
//! but empty collections in flow style.

use crate::cpython::Characters;

/// The facts that decide about a scalar's style. Double quotes are always allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Whether there is no character.
    pub empty: bool,
    /// Whether there is a line break.
    pub multiline: bool,
    /// Whether it can be plain, if its tag allows that as well.
    pub plain: bool,
    /// Whether it can be between single quotes.
    pub single_quoted: bool,
}

/// Looks at a scalar's characters.
pub fn analyze(scalar: Characters<'_>) -> Analysis {
    let special = |multiline| Analysis { empty: false, multiline, plain: false, single_quoted: false };
    match scalar {
        Characters::Ascii(text) => ascii(text),
        Characters::One(text) => special(text.iter().any(|&it| is_break(it.into()))),
        Characters::Two(text) => special(text.iter().any(|&it| is_break(it.into()))),
        Characters::Four(text) => special(text.iter().any(|&it| is_break(it))),
    }
}

/// The line breaks of YAML 1.1: line feed, NEL, line separator, paragraph separator. (A carriage return has to be escaped.)
pub fn is_break(character: u32) -> bool {
    matches!(character, 0x0a | 0x85 | 0x2028 | 0x2029)
}

// What a byte means wherever it stands.
const SPACE: u8 = 1;
const BREAK: u8 = 2;
/// A control character, which only double quotes can hold.
const SPECIAL: u8 = 4;
/// `:` and `#`, which end a plain scalar beside a space.
const INDICATOR: u8 = 8;
/// An indicator that no plain scalar begins with.
const FIRST: u8 = 16;

/// The meaning of each byte.
const MEANING: [u8; 256] = {
    let mut meaning = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        meaning[byte] = match byte as u8 {
            b' ' => SPACE,
            b'\n' => BREAK,
            b'#' => INDICATOR | FIRST,
            b':' => INDICATOR,
            b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => {
                FIRST
            }
            0x21..=0x7e => 0,
            _ => SPECIAL,
        };
        byte += 1;
    }
    meaning
};

fn meaning(byte: u8) -> u8 {
    MEANING[usize::from(byte)]
}

/// The same, of ASCII.
fn ascii(text: &[u8]) -> Analysis {
    let [first, .., last] = *text else {
        // One character is the first and the last.
        return text.first().map_or(
            Analysis { empty: true, multiline: false, plain: true, single_quoted: true },
            |&only| Analysis {
                empty: false,
                multiline: only == b'\n',
                plain: !matches!(only, b'-' | b'?' | b':') && meaning(only) == 0,
                single_quoted: meaning(only) & SPECIAL == 0,
            },
        );
    };
    let all = text.iter().fold(0, |all, &byte| all | meaning(byte));
    let multiline = all & BREAK != 0;
    let quoted = |single_quoted| Analysis { empty: false, multiline, plain: false, single_quoted };
    if all & SPECIAL != 0 {
        return quoted(false);
    }
    if multiline {
        // A space beside a line break would be lost between single quotes.
        let beside = |pair: &[u8]| pair == b" \n" || pair == b"\n ";
        return quoted(!text.windows(2).any(beside));
    }
    let begins = meaning(first) & FIRST != 0
        || (matches!(first, b'-' | b'?' | b':') && text[1] == b' ')
        || text.starts_with(b"---")
        || text.starts_with(b"...");
    let ends = || all & INDICATOR != 0 && (last == b':' || text.windows(2).any(|pair| pair == b": " || pair == b" #"));
    let plain = first != b' ' && last != b' ' && !begins && !ends();
    Analysis { empty: false, multiline, plain, single_quoted: true }
}
