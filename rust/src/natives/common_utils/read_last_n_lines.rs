//! `read_last_n_lines(file_path, n, chunk_size=8192, encoding='utf-8', errors='replace')`.
//!
//! Answers: a `str` path of a regular file that can be opened, n of 1 or more, any positive chunk size, the default
//! encoding and error handler.
//! Declines: everything else, and files that hold fewer bytes than their size (those below /sys, or truncated
//! meanwhile).

use std::collections::TryReserveError;

use rustix::fd::OwnedFd;
use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::cpython::error::OrMemoryError;
use crate::cpython::{Answer, Object, OrDecline, Python, Stop, object, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::{Catches, audit_open, is_let};
use crate::effects::signals;
use crate::guards::Guard;
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["file_path", "n", "chunk_size", "encoding", "errors"]),
    guards: &[GUARDS],
    thresholds: &[A_LINE, SMALLEST_STEP, LARGEST_STEP],
    call,
};

const GUARDS: &[Guard] = &[
    Guard::builtin("open"),
    Guard::builtin("min"),
    Guard::builtin("reversed"),
    Guard::builtin("OSError"),
    Guard::function("os.path.exists", "genericpath"),
    Guard::c_function("os.path.exists.@.os.stat", &["posix"]),
    Guard::builtin("os.path.exists.@.OSError"),
    Guard::builtin("os.path.exists.@.ValueError"),
    Guard::number("os.SEEK_END", 2),
];

/// The length that a line is taken to have before one has been seen.
const A_LINE: u64 = 128;

/// The least and the most bytes read at once: so many stay in the processor's cache until they are a str.
const SMALLEST_STEP: u64 = 4 << 10;
const LARGEST_STEP: u64 = 128 << 10;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let file_path = arguments.text(0)?;
    let n = usize::try_from(arguments.int(1)?).or_decline()?;
    only_if(n > 0 && arguments.int(2)? > 0)?;
    only_if(arguments.text(3)?.ascii() == Some(b"utf-8") && arguments.text(4)?.ascii() == Some(b"replace"))?;
    let path = file_path.path()?;

    let file = signals::released(py, || open(&path)).or_decline()?.or_decline()?;
    signals::handle_signals(py)?;
    // The original replaces a hook's OSError by one of its own. Decline: the original raises the event again.
    only_if(is_let(py, audit_open(&file_path.itself()), Catches::OsError)?)?;
    let size = signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()?;
    let mut tail = Tail::of(size);
    let mut lines = Lines::new(py, n);
    while tail.position > 0 {
        let next = lines.next_step(size - tail.position);
        // Reading at a position consumes nothing: declining is still open.
        tail.make_room(next).or_memory_error(py)?;
        only_if(signals::released(py, || tail.step(&file, next)).or_decline()?)?;
        lines.take(&tail.bytes)?;
        if lines.are_enough() {
            break;
        }
        if tail.position == 0 {
            lines.make(b"")?; // the first line has no newline before it
        }
        signals::handle_signals(py)?;
    }
    drop(file);
    lines.into_list()
}

/// The file; `None` if it is no regular file, or one of the kernel's that holds fewer bytes than its size.
fn open(path: &[u8]) -> Result<Option<OwnedFd>, Errno> {
    let Some((file, stat)) = files::open_regular(path)? else { return Ok(None) };
    let says_more_than_it_has = stat.st_blocks == 0 && stat.st_size > 0 && {
        let last = u64::try_from(stat.st_size - 1).unwrap_or(0);
        rustix::io::pread(&file, &mut [0_u8; 1], last)? == 0
    };
    Ok((!says_more_than_it_has).then_some(file))
}

/// The end of a file, read backwards, piece by piece.
pub struct Tail {
    /// The position in the file of the piece that was read last.
    pub position: u64,
    /// The bytes of that piece.
    bytes: Vec<u8>,
}

impl Tail {
    /// The tail of a file of that size, of which nothing is read yet.
    pub fn of(size: u64) -> Self {
        Self { position: size, bytes: Vec::new() }
    }

    /// Makes room for a piece of `length` bytes.
    pub fn make_room(&mut self, length: u64) -> Result<(), TryReserveError> {
        self.bytes.clear();
        self.bytes.try_reserve(length as usize)
    }

    /// Reads the piece before the last one, of `length` bytes at most, for which there is room; false if the file ends before
    /// its size.
    pub fn step(&mut self, file: &OwnedFd, length: u64) -> Result<bool, Errno> {
        let start = self.position.saturating_sub(length);
        self.bytes.resize((self.position - start) as usize, 0);
        let mut filled = 0;
        while filled < self.bytes.len() {
            match rustix::io::pread(file, &mut self.bytes[filled..], start + filled as u64) {
                Ok(0) => return Ok(false),
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        self.position = start;
        Ok(true)
    }
}

/// The lines found so far, from the last one backwards.
struct Lines<'py> {
    py: Python<'py>,
    wanted: usize,
    made: Vec<Object<'py>>,
    /// The end of the line before, as far as it is read: in pieces, the last one first. `None` before anything is read.
    rest: Option<Vec<Vec<u8>>>,
}

impl<'py> Lines<'py> {
    fn new(py: Python<'py>, wanted: usize) -> Self {
        Self { py, wanted, made: Vec::new(), rest: None }
    }

    /// The number of bytes to read next: so many as the missing lines take, if they are as long on average as those in
    /// the `known` bytes.
    fn next_step(&self, known: u64) -> u64 {
        let missing = (self.wanted - self.made.len()) as u64;
        let length = if known == 0 { A_LINE } else { known / (self.made.len() as u64 + 1) };
        missing.saturating_mul(length).clamp(SMALLEST_STEP, LARGEST_STEP)
    }

    fn are_enough(&self) -> bool {
        self.made.len() >= self.wanted
    }

    /// Makes the lines that are complete once the piece before is read.
    fn take(&mut self, piece: &[u8]) -> Result<(), Stop> {
        // A newline at the file's end begins no further line.
        let mut piece = if self.rest.is_none() { piece.strip_suffix(b"\n").unwrap_or(piece) } else { piece };
        while let Some(newline) = memchr::memrchr(b'\n', piece) {
            self.make(&piece[newline + 1..])?;
            if self.are_enough() {
                return Ok(());
            }
            piece = &piece[..newline];
        }
        self.keep(piece)
    }

    /// Keeps a piece of the line before.
    fn keep(&mut self, piece: &[u8]) -> Result<(), Stop> {
        let rest = self.rest.get_or_insert_default();
        rest.try_reserve(1).or_memory_error(self.py)?;
        rest.push(joined(self.py, [piece].into_iter())?);
        Ok(())
    }

    /// Makes the line that consists of `head` and the rest that is already read.
    fn make(&mut self, head: &[u8]) -> Result<(), Stop> {
        let newline: &[u8] = if self.made.is_empty() { b"" } else { b"\n" };
        let rest = std::mem::take(self.rest.get_or_insert_default());
        let made = if rest.is_empty() {
            line(self.py, head, newline)?
        } else {
            let pieces = std::iter::once(head).chain(rest.iter().rev().map(Vec::as_slice));
            line(self.py, &joined(self.py, pieces)?, newline)?
        };
        self.made.try_reserve(1).or_memory_error(self.py)?;
        self.made.push(made);
        Ok(())
    }

    fn into_list(mut self) -> Answer<'py> {
        object::new_list(self.py, self.made.len(), |_| self.made.pop().or_decline())
    }
}

/// The pieces, one behind the other.
fn joined<'a>(py: Python<'_>, pieces: impl Iterator<Item = &'a [u8]> + Clone) -> Result<Vec<u8>, Stop> {
    let mut joined = Vec::new();
    joined.try_reserve_exact(pieces.clone().map(<[u8]>::len).sum()).or_memory_error(py)?;
    pieces.for_each(|piece| joined.extend_from_slice(piece));
    Ok(joined)
}

/// One line, with `newline` in place of the carriage returns at its end.
fn line<'py>(py: Python<'py>, bytes: &[u8], newline: &[u8]) -> Result<Object<'py>, Stop> {
    let returns = bytes.iter().rev().take_while(|&&byte| byte == b'\r').count();
    let bytes = &bytes[..bytes.len() - returns];
    if bytes.is_ascii() {
        return text::ascii(py, &[bytes, newline]);
    }
    // UTF-8 can be decoded without the carriage returns: a broken sequence ends before them, and none begins in them.
    let decoded = text::decode_utf8(py, bytes, c"replace")?;
    if newline.is_empty() { Ok(decoded) } else { text::concat(&decoded, &text::ascii(py, &[newline])?) }
}
