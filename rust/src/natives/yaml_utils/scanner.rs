//! Where tokens begin and end: YAML 1.1, chapters 6 to 9. Mirrors `Scanner`, of both loaders of PyYAML.
//!
//! Everything that the two read in different ways is declined, and whatever is rare: tabs outside of comments and block
//! scalars, directives, `...`, and what no token begins with.

use crate::cpython::{OrDecline, Stop, only_if};

/// How many characters a simple key may have. (They are counted as bytes here, which are never fewer.)
pub const SIMPLE_KEY: usize = 1024;

/// A column, counted from 0; -1 is left of everything.
pub type Column = isize;

/// A scalar as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'a> {
    /// What stands between its quotes; or the lines of a block scalar, with their indentation; or the characters of a plain
    /// scalar.
    pub source: &'a [u8],
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    /// Without any indicator.
    Plain,
    /// Between single quotes.
    Single,
    /// Between double quotes.
    Double,
    /// A block scalar.
    Block(Block),
}

/// How a block scalar is written.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Whether its lines are folded (`>`) or literal (`|`).
    pub folded: bool,
    /// Which line breaks at its end belong to it: all (`+`), none (`-`) or one.
    pub chomping: Option<bool>,
    /// The column of its content.
    pub indentation: usize,
}

impl Scalar<'_> {
    /// A scalar that is not written at all: null.
    pub const EMPTY: Scalar<'static> = Scalar { source: b"", style: Style::Plain };
}

/// What ends the part of a plain scalar that is on one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// `:`, so it is a key.
    Colon,
    /// A comment.
    Comment,
    /// A line break, or the end of the text.
    Line,
    /// An indicator of flow collections.
    Indicator,
}

/// The place in a text up to which it was read.
pub struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line_start: usize,
}

impl<'a> Scanner<'a> {
    /// At the beginning of a text, which is UTF-8 with the characters that `source` takes.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line_start: 0 }
    }

    /// The next byte; `None` at the end.
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn peek_at(&self, offset: usize) -> Option<u8> {
        self.text.get(self.at + offset).copied()
    }

    /// The column of the next byte, in bytes. Nothing but spaces and `-` may stand before it on its line.
    pub fn column(&self) -> Column {
        (self.at - self.line_start) as Column
    }

    /// Takes the next byte, which is no line feed, if it is this one.
    pub fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_line_break(&mut self) -> bool {
        let is_next = self.take(b'\n');
        if is_next {
            self.line_start = self.at;
        }
        is_next
    }

    /// Whether a block sequence's entry begins here: `-`, before a space or at the end of a line.
    pub fn is_entry(&self) -> bool {
        self.peek() == Some(b'-') && is_blank(self.peek_at(1))
    }

    /// Whether the document ends here: at `---` in the first column, or where the text ends.
    pub fn ends_document(&self) -> bool {
        self.peek().is_none() || self.starts_document()
    }

    /// Whether `---` is here, in the first column.
    fn starts_document(&self) -> bool {
        self.column() == 0 && self.is_marker(b"---")
    }

    fn is_marker(&self, marker: &[u8]) -> bool {
        self.text[self.at..].starts_with(marker) && is_blank(self.peek_at(3))
    }

    /// Takes `---`, if it is here, and the rest of its line, on which nothing but a comment may stand.
    pub fn take_document_start(&mut self) -> Result<(), Stop> {
        if self.starts_document() {
            self.at += 3;
            self.end_line()?;
        }
        Ok(())
    }

    /// Goes over spaces. Whether the rest of the line is empty, or a comment.
    pub fn is_rest_empty(&mut self) -> bool {
        let before = self.at;
        while self.take(b' ') {}
        let is_comment = self.peek() == Some(b'#') && self.at > before;
        is_comment || matches!(self.peek(), None | Some(b'\n'))
    }

    /// Goes to the next token, which is on another line, or to the end. Declines where the present line has more tokens.
    pub fn end_line(&mut self) -> Result<(), Stop> {
        only_if(self.is_rest_empty())?;
        self.go_to_token()
    }

    /// Goes over spaces, line breaks and comments. In the first column, nothing may stand that ends all collections.
    pub fn go_to_token(&mut self) -> Result<(), Stop> {
        loop {
            while self.take(b' ') {}
            if self.peek() == Some(b'#') {
                self.at += memchr::memchr(b'\n', &self.text[self.at..]).unwrap_or(self.text.len() - self.at);
            }
            if !self.take_line_break() {
                break;
            }
        }
        only_if(self.column() != 0 || !(self.peek() == Some(b'%') || self.is_marker(b"...")))
    }

    /// The same inside a flow collection, where a document can't end.
    pub fn go_to_flow_token(&mut self) -> Result<(), Stop> {
        self.go_to_token()?;
        only_if(!self.ends_document())
    }

    /// Takes a key with its `:`, which are on one line and not too long. `None`, and nothing is taken, where there is no `:`.
    pub fn take_key(&mut self, in_flow: bool) -> Result<Option<Scalar<'a>>, Stop> {
        let start = self.at;
        let key = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                let key = self.take_quoted(quote)?;
                let is_on_one_line = self.line_start <= start;
                while self.take(b' ') {}
                let is_key = self.peek() == Some(b':') && (in_flow || is_blank(self.peek_at(1)));
                only_if(!is_key || is_on_one_line)?;
                is_key.then_some(key)
            }
            _ => {
                only_if(self.begins_plain(in_flow))?;
                let end = self.take_plain_line(in_flow)?;
                let source = &self.text[start..self.last_of_scalar()];
                (end == End::Colon).then_some(Scalar { source, style: Style::Plain })
            }
        };
        if key.is_none() {
            self.back_to(start);
            return Ok(None);
        }
        only_if(self.at - start <= SIMPLE_KEY)?;
        self.at += 1;
        Ok(key)
    }

    fn back_to(&mut self, at: usize) {
        self.at = at;
        self.line_start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |it| it + 1);
    }

    /// Takes a plain scalar, which may go on for some lines right of `around`, the column of the collection around it.
    pub fn take_plain(&mut self, around: Column) -> Result<Scalar<'a>, Stop> {
        self.take_plain_lines(false, |scanner, _| {
            while scanner.take_line_break() {
                while scanner.take(b' ') {}
            }
            Ok(scanner.column() > around && !matches!(scanner.peek(), None | Some(b'#')))
        })
    }

    /// The same in a flow collection, where it goes on up to an indicator or a comment.
    pub fn take_flow_plain(&mut self) -> Result<Scalar<'a>, Stop> {
        self.take_plain_lines(true, |scanner, stop| {
            scanner.go_to_flow_token()?;
            let ends = matches!(scanner.peek(), Some(b',' | b'[' | b']' | b'{' | b'}' | b':' | b'?'));
            Ok(!ends && !scanner.text[stop..scanner.at].contains(&b'#'))
        })
    }

    /// Takes the lines of a plain scalar. Behind each of them, `goes_on` goes to the next token, and says whether that is
    /// another line of the scalar. It is told where the scalar ends otherwise.
    fn take_plain_lines(
        &mut self,
        in_flow: bool,
        goes_on: impl Fn(&mut Self, usize) -> Result<bool, Stop>,
    ) -> Result<Scalar<'a>, Stop> {
        only_if(self.begins_plain(in_flow))?;
        let start = self.at;
        loop {
            let end = self.take_plain_line(in_flow)?;
            let stop = self.last_of_scalar();
            only_if(end != End::Colon)?;
            if end == End::Line && goes_on(self, stop)? {
                continue;
            }
            self.back_to(stop);
            return Ok(Scalar { source: &self.text[start..stop], style: Style::Plain });
        }
    }

    /// Where the scalar ends that was read up to here: the spaces behind it don't belong to it.
    fn last_of_scalar(&self) -> usize {
        let read = &self.text[..self.at];
        read.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1)
    }

    /// Whether a plain scalar certainly begins here.
    fn begins_plain(&self, in_flow: bool) -> bool {
        let second = self.peek_at(1);
        match self.peek() {
            Some(b'-') if in_flow => {
                second.is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_'))
            }
            Some(b'-') => !is_blank(second),
            Some(
                b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
                | b'%' | b'@' | b'`',
            )
            | None => false,
            Some(_) => true,
        }
    }

    /// Takes what is on this line of a plain scalar, and says what ends it.
    fn take_plain_line(&mut self, in_flow: bool) -> Result<End, Stop> {
        loop {
            let Some(byte) = self.peek() else { return Ok(End::Line) };
            match byte {
                b'\n' => return Ok(End::Line),
                b':' if is_blank(self.peek_at(1)) => return Ok(End::Colon),
                b'#' if self.text[self.at - 1] == b' ' => return Ok(End::Comment),
                b',' | b'[' | b']' | b'{' | b'}' if in_flow => return Ok(End::Indicator),
                b'\t' => return Err(Stop::Decline),
                b'?' if in_flow => return Err(Stop::Decline),
                b':' if in_flow && matches!(self.peek_at(1), Some(b',' | b'[' | b']' | b'{' | b'}' | b'?')) => {
                    return Err(Stop::Decline);
                }
                _ => self.at += 1,
            }
        }
    }

    /// Takes a scalar between quotes of that kind, on one line or some. What is between them may be decoded.
    pub fn take_quoted(&mut self, quote: u8) -> Result<Scalar<'a>, Stop> {
        self.at += 1;
        let start = self.at;
        loop {
            let byte = self.peek().or_decline()?;
            match byte {
                b'\t' => return Err(Stop::Decline),
                b'\n' => self.take_break_in_quotes()?,
                b'\\' if quote == b'"' => self.take_escape()?,
                b'\'' if quote == b'\'' && self.peek_at(1) == Some(b'\'') => self.at += 2,
                _ if byte == quote => break,
                _ => self.at += 1,
            }
        }
        let source = &self.text[start..self.at];
        self.at += 1;
        Ok(Scalar { source, style: if quote == b'"' { Style::Double } else { Style::Single } })
    }

    fn take_break_in_quotes(&mut self) -> Result<(), Stop> {
        self.take_line_break();
        only_if(!self.is_marker(b"---") && !self.is_marker(b"..."))
    }

    fn take_escape(&mut self) -> Result<(), Stop> {
        if self.peek_at(1) == Some(b'\n') {
            self.at += 1;
            return self.take_break_in_quotes();
        }
        let (_, length) = unescaped(&self.text[self.at..])?;
        self.at += length;
        Ok(())
    }

    /// Takes a block scalar, right of `around`, the column of the collection around it.
    pub fn take_block(&mut self, around: Column) -> Result<Scalar<'a>, Stop> {
        let folded = self.peek() == Some(b'>');
        self.at += 1;
        let (mut chomping, mut increment) = (None, None);
        while let Some(byte) = self.peek() {
            match byte {
                b'+' | b'-' if chomping.is_none() => chomping = Some(byte == b'+'),
                b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(byte - b'0')),
                _ => break,
            }
            self.at += 1;
        }
        only_if(self.is_rest_empty())?;
        self.at += memchr::memchr(b'\n', &self.text[self.at..]).unwrap_or(self.text.len() - self.at);
        self.take_line_break();
        let around = usize::try_from(around).or_decline()?;
        let indentation = match increment {
            Some(increment) => around + increment,
            None => self.first_indentation(around + 1)?,
        };
        let start = self.at;
        while self.peek().is_some() {
            let line = &self.text[self.at..];
            let spaces = line.iter().take_while(|&&byte| byte == b' ').take(indentation).count();
            let is_empty = matches!(line.get(spaces), None | Some(b'\n'));
            if spaces < indentation && !is_empty {
                break;
            }
            self.at += memchr::memchr(b'\n', line).unwrap_or(line.len());
            self.take_line_break();
        }
        let source = &self.text[start..self.at];
        Ok(Scalar { source, style: Style::Block(Block { folded, chomping, indentation }) })
    }

    /// The column of the first line that is not empty, if it is `least` at least. Declines where an empty line before it has
    /// more spaces, and where the line begins with a tab, which is an error to libyaml alone.
    fn first_indentation(&self, least: usize) -> Result<usize, Stop> {
        let mut most = 0;
        for line in self.text[self.at..].split(|&byte| byte == b'\n') {
            let spaces = line.iter().take_while(|&&byte| byte == b' ').count();
            let Some(&first) = line.get(spaces) else {
                most = most.max(spaces);
                continue;
            };
            only_if(first != b'\t' && most <= spaces.max(least))?;
            return Ok(spaces.max(least));
        }
        Ok(most.max(least))
    }
}

/// Whether a space, a line break or the end follows.
fn is_blank(byte: Option<u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\n'))
}

/// The character that an escape sequence stands for, and the number of its bytes. Declines what is no escape sequence, and
/// characters that not both loaders build.
pub fn unescaped(text: &[u8]) -> Result<(char, usize), Stop> {
    let digits = match text.get(1).or_decline()? {
        b'0' => return Ok(('\0', 2)),
        b'a' => return Ok(('\x07', 2)),
        b'b' => return Ok(('\x08', 2)),
        b't' => return Ok(('\t', 2)),
        b'n' => return Ok(('\n', 2)),
        b'v' => return Ok(('\x0b', 2)),
        b'f' => return Ok(('\x0c', 2)),
        b'r' => return Ok(('\r', 2)),
        b'e' => return Ok(('\x1b', 2)),
        b' ' => return Ok((' ', 2)),
        b'"' => return Ok(('"', 2)),
        b'\\' => return Ok(('\\', 2)),
        b'N' => return Ok(('\u{85}', 2)),
        b'_' => return Ok(('\u{a0}', 2)),
        b'L' => return Ok(('\u{2028}', 2)),
        b'P' => return Ok(('\u{2029}', 2)),
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return Err(Stop::Decline),
    };
    let code = text.get(2..2 + digits).filter(|code| code.iter().all(u8::is_ascii_hexdigit)).or_decline()?;
    let code = code.iter().fold(0, |code, &digit| code * 16 + char::from(digit).to_digit(16).unwrap_or(0));
    Ok((char::from_u32(code).or_decline()?, 2 + digits))
}
