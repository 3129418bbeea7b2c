//! Writes scalars: plain, between single and between double quotes. YAML 1.1, chapter 9 ("Scalar Styles"). Mirrors
//! `Emitter.write_plain`, `write_single_quoted`, `write_double_quoted`, and `SafeRepresenter.represent_float`.

use super::analysis::Analysis;
use super::emitter::{BEST_WIDTH, Emitter};
use super::resolver::{Tag, resolve};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Characters, Stop, number};

impl Emitter<'_> {
    /// A str. It is plain only where nobody would read anything else than a str.
    pub(super) fn write_str(
        &mut self,
        text: Characters<'_>,
        analysis: Analysis,
        is_root: bool,
        split: bool,
    ) -> Result<(), Stop> {
        match text {
            Characters::Ascii(text) if analysis.plain && resolve(text) == Tag::Str => {
                self.write_plain(text, is_root, split)
            }
            Characters::Ascii(text) if analysis.single_quoted => self.write_single_quoted(text, split),
            Characters::Ascii(text) | Characters::One(text) => self.write_double_quoted(text, split),
            Characters::Two(text) => self.write_double_quoted(text, split),
            Characters::Four(text) => self.write_double_quoted(text, split),
        }
    }

    /// A float. An exponent gets a fraction before it, without which YAML 1.1 reads no float.
    pub(super) fn write_float(&mut self, value: f64, is_root: bool, split: bool) -> Result<(), Stop> {
        if value.is_nan() {
            return self.write_plain(b".nan", is_root, split);
        }
        if value.is_infinite() {
            return self.write_plain(if value > 0.0 { b".inf" } else { b"-.inf" }, is_root, split);
        }
        number::with_float_repr(self.py, value, |digits| {
            let exponent = digits.iter().position(|&it| it == b'e').filter(|_| !digits.contains(&b'.'));
            let (digits, exponent) = digits.split_at(exponent.unwrap_or(digits.len()));
            self.write_plain(digits, is_root, split)?;
            if !exponent.is_empty() {
                self.put(b".0")?;
                self.put(exponent)?;
                self.column += 2 + exponent.len();
            }
            Ok(())
        })
    }

    /// A plain scalar, which has no line break, and no space at its ends.
    pub(super) fn write_plain(&mut self, text: &[u8], is_root: bool, split: bool) -> Result<(), Stop> {
        if is_root {
            self.open_ended = true;
        }
        if !self.whitespace {
            self.put(b" ")?;
            self.column += 1;
        }
        self.whitespace = false;
        self.indention = false;
        if !split || self.column + text.len() <= BEST_WIDTH {
            self.column += text.len();
            return self.put(text);
        }
        let mut rest = text;
        while let Some(space) = memchr::memchr(b' ', rest) {
            let (word, after) = rest.split_at(space);
            self.put(word)?;
            self.column += word.len();
            let spaces = after.iter().take_while(|&&it| it == b' ').count();
            if spaces == 1 && self.column > BEST_WIDTH {
                self.write_indent()?;
                self.whitespace = false;
                self.indention = false;
            } else {
                self.put(&after[..spaces])?;
                self.column += spaces;
            }
            rest = &after[spaces..];
        }
        self.column += rest.len();
        self.put(rest)
    }

    /// A scalar between single quotes, with those inside doubled. A line break is written as two.
    fn write_single_quoted(&mut self, text: &[u8], split: bool) -> Result<(), Stop> {
        self.write_indicator(b"'")?;
        let mut at = 0;
        while let Some(&first) = text.get(at) {
            let alike = text[at..].iter().take_while(|&&it| it == first);
            match first {
                b' ' => {
                    let end = at + alike.count();
                    let is_inside = at != 0 && end != text.len();
                    if at + 1 == end && self.column > BEST_WIDTH && split && is_inside {
                        self.write_indent()?;
                    } else {
                        self.put(&text[at..end])?;
                        self.column += end - at;
                    }
                    at = end;
                }
                b'\n' => {
                    let breaks = alike.count();
                    for _ in 0..=breaks {
                        self.write_line_break()?;
                    }
                    self.write_indent()?;
                    at += breaks;
                }
                b'\'' => {
                    self.put(b"''")?;
                    self.column += 2;
                    at += 1;
                }
                _ => {
                    let rest = &text[at..];
                    let word = memchr::memchr3(b' ', b'\n', b'\'', rest).map_or(rest, |end| &rest[..end]);
                    self.put(word)?;
                    self.column += word.len();
                    at += word.len();
                }
            }
        }
        self.put(b"'")?;
        self.column += 1;
        self.whitespace = false;
        self.indention = false;
        Ok(())
    }

    /// A scalar between double quotes, in ASCII, with escapes for all else. It is folded at spaces and behind escapes, by what
    /// was written and not by what it stands for.
    fn write_double_quoted<C: Copy + Into<u32>>(&mut self, text: &[C], split: bool) -> Result<(), Stop> {
        self.write_indicator(b"\"")?;
        // `start..end` has the characters that are not written yet. Behind an escape, `start` is one further than `end`.
        let (mut start, mut end) = (0, 0);
        while end <= text.len() {
            if start < end {
                // Behind a character that is not written yet, nothing happens before the next space or escape.
                let rest = text.get(end..).unwrap_or_default();
                let is_next = |&it: &C| it.into() == SPACE || must_be_escaped(it.into());
                end += rest.iter().position(is_next).unwrap_or(rest.len());
            }
            let character = text.get(end).map(|&it| it.into());
            if character.is_none_or(must_be_escaped) {
                self.put_range(text, start, end)?;
                start = start.max(end);
                if let Some(character) = character {
                    self.write_escape(character)?;
                    start = end + 1;
                }
            }
            let is_inside = 0 < end && end + 1 < text.len();
            let may_fold = is_inside && split && (character == Some(SPACE) || start >= end);
            if may_fold && self.column + end > BEST_WIDTH + start {
                self.put_range(text, start, end)?;
                start = start.max(end);
                self.put(b"\\")?;
                self.column += 1;
                self.write_indent()?;
                self.whitespace = false;
                self.indention = false;
                if text.get(start).is_some_and(|&it| it.into() == SPACE) {
                    self.put(b"\\")?;
                    self.column += 1;
                }
            }
            end += 1;
        }
        self.put(b"\"")?;
        self.column += 1;
        self.whitespace = false;
        self.indention = false;
        Ok(())
    }

    /// Characters that need no escape: those from `start` to `end`, if there are any.
    fn put_range<C: Copy + Into<u32>>(&mut self, text: &[C], start: usize, end: usize) -> Result<(), Stop> {
        let range = text.get(start..end).unwrap_or_default();
        self.out.try_reserve(range.len()).or_memory_error(self.py)?;
        self.out.extend(range.iter().map(|&it| it.into() as u8));
        self.column += range.len();
        Ok(())
    }

    /// The escape of a character.
    fn write_escape(&mut self, character: u32) -> Result<(), Stop> {
        let short = match character {
            0x00 => b'0',
            0x07 => b'a',
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0b => b'v',
            0x0c => b'f',
            0x0d => b'r',
            0x1b => b'e',
            0x22 => b'"',
            0x5c => b'\\',
            0x85 => b'N',
            0xa0 => b'_',
            0x2028 => b'L',
            0x2029 => b'P',
            _ => return self.write_number(character),
        };
        self.put(&[b'\\', short])?;
        self.column += 2;
        Ok(())
    }

    /// An escape with the character's number, in two, four or eight digits.
    fn write_number(&mut self, character: u32) -> Result<(), Stop> {
        let (letter, digits) = match character {
            0..=0xff => (b'x', 2),
            0x100..=0xffff => (b'u', 4),
            _ => (b'U', 8),
        };
        self.put(&[b'\\', letter])?;
        for digit in (0..digits).rev() {
            let value = (character >> (4 * digit)) as u8 & 0xf;
            self.put(&[if value < 10 { b'0' + value } else { b'A' - 10 + value }])?;
        }
        self.column += 2 + digits;
        Ok(())
    }
}

const SPACE: u32 = b' ' as u32;

fn must_be_escaped(character: u32) -> bool {
    !(0x20..=0x7e).contains(&character) || character == u32::from(b'"') || character == u32::from(b'\\')
}
