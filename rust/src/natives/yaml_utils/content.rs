//! The characters that a scalar stands for: YAML 1.1, chapters 8.1 ("Block Scalar Styles") and 9 ("Flow Scalar Styles"), with
//! escape sequences, line folding and chomping. Mirrors what `Scanner` puts together while it scans.

use std::borrow::Cow;

use super::scanner::{Block, Scalar, Style, unescaped};
use crate::cpython::{OrDecline, Stop};

/// The characters of a scalar, as UTF-8. Declines where there is no memory for them.
pub fn content(scalar: Scalar<'_>) -> Result<Cow<'_, [u8]>, Stop> {
    let source = scalar.source;
    let is_as_written = match scalar.style {
        Style::Plain => memchr::memchr(b'\n', source).is_none(),
        Style::Single => memchr::memchr2(b'\n', b'\'', source).is_none(),
        Style::Double => memchr::memchr2(b'\n', b'\\', source).is_none(),
        Style::Block(_) => false,
    };
    if is_as_written {
        return Ok(Cow::Borrowed(source));
    }
    let mut content = Vec::new();
    // The two bytes of an escape sequence stand for three at most; nothing else gets longer.
    content.try_reserve_exact(source.len() + source.len() / 2).or_decline()?;
    match scalar.style {
        Style::Block(block) => unindent(source, block, &mut content),
        style => unfold(source, style, &mut content)?,
    }
    Ok(Cow::Owned(content))
}

/// A plain or quoted scalar: lines are joined by a space, and of more line breaks in a row all but the first are kept.
fn unfold(source: &[u8], style: Style, content: &mut Vec<u8>) -> Result<(), Stop> {
    let mut rest = source;
    while let Some(&byte) = rest.first() {
        let length = match byte {
            b' ' | b'\n' => {
                let blank = rest.iter().take_while(|&&it| matches!(it, b' ' | b'\n')).count();
                let breaks = line_breaks(&rest[..blank]);
                match breaks {
                    0 => content.extend_from_slice(&rest[..blank]),
                    1 => content.push(b' '),
                    more => content.resize(content.len() + more - 1, b'\n'),
                }
                blank
            }
            b'\'' if matches!(style, Style::Single) => {
                content.push(b'\'');
                2
            }
            b'\\' if matches!(style, Style::Double) && rest.get(1) == Some(&b'\n') => {
                // An escaped line break is nothing; those that follow it are kept.
                let blank = rest[2..].iter().take_while(|&&it| matches!(it, b' ' | b'\n')).count();
                content.resize(content.len() + line_breaks(&rest[2..2 + blank]), b'\n');
                2 + blank
            }
            b'\\' if matches!(style, Style::Double) => {
                let (character, length) = unescaped(rest)?;
                content.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                length
            }
            _ => {
                let end = rest[1..].iter().position(|&it| matches!(it, b' ' | b'\n' | b'\'' | b'\\'));
                let length = end.map_or(rest.len(), |end| end + 1);
                content.extend_from_slice(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    Ok(())
}

fn line_breaks(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// A block scalar: its lines without their indentation.
fn unindent(source: &[u8], block: Block, content: &mut Vec<u8>) {
    let begins_with_space = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
    // The line breaks after the last line: its own, if it has one, and those of empty lines.
    let (mut own_break, mut breaks) = (false, 0);
    let mut last: Option<&[u8]> = None;
    for line in source.split_inclusive(|&byte| byte == b'\n') {
        let (line, has_break) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        let spaces = line.iter().take(block.indentation).take_while(|&&byte| byte == b' ').count();
        let line = &line[spaces..];
        if line.is_empty() {
            breaks += usize::from(has_break);
            continue;
        }
        if let Some(last) = last {
            if !block.folded || begins_with_space(last) || begins_with_space(line) {
                content.push(b'\n');
            } else if breaks == 0 {
                content.push(b' ');
            }
        }
        content.resize(content.len() + breaks, b'\n');
        content.extend_from_slice(line);
        (own_break, breaks, last) = (has_break, 0, Some(line));
    }
    if own_break && block.chomping != Some(false) {
        content.push(b'\n');
    }
    if block.chomping == Some(true) {
        content.resize(content.len() + breaks, b'\n');
    }
}
