//! `read_last_n_lines(file_path, n, chunk_size=8192, encoding='utf-8', errors='replace')`.
//!
//! Answers: a `str` path of a regular file that can be opened, n of 1 or more, any positive chunk size, the default encoding
//! and error handler.
//! Declines: everything else, and files that don't hold as many bytes as they say (below /sys, or cut off meanwhile).

use rustix::fd::OwnedFd;
use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::effects::audit::{Catches, audit_open, is_let};
use crate::guards::Guard;
use crate::cpython::{Answer, Object, OrDecline, Python, Stop, object, only_if, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals;
use crate::host::files;

/// The native.
pub const NATIVE: Native =
    Native { parameters: Parameters::of(&["file_path", "n", "chunk_size", "encoding", "errors"]), guards: &[GUARDS], call };

const GUARDS: &[Guard] = &[
    Guard::builtin("open"),
    Guard::builtin("min"),
    Guard::builtin("reversed"),
    Guard::builtin("OSError"),
    Guard::function("os.path.exists", "genericpath"),
    Guard::c_function("os.path.exists.@.os.stat", &["posix"]),
    Guard::number("os.SEEK_END", 2),
];

/// How long a line is, before one has been seen.
const A_LINE: u64 = 128;

/// How much is read at once, at least and at most: what stays near the processor until it is a str.
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
    // The original turns an OSError of a hook's into another: it has to ask once more.
    only_if(is_let(py, audit_open(&file_path.itself()), Catches::OsError)?)?;
    let size = signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()?;
    let mut tail = Tail::of(size);
    let mut lines = Lines::new(py, n);
    while tail.position > 0 {
        let next = lines.next_step(size - tail.position);
        // Reading at a position consumes nothing: declining is still open.
        only_if(signals::released(py, || tail.step(&file, next)).or_decline()?)?;
        lines.take(&tail.bytes)?;
        if lines.are_enough() {
            break;
        }
        if tail.position == 0 {
            lines.make(b"")?; // no newline before the first
        }
        signals::handle_signals(py)?;
    }
    drop(file);
    lines.into_list()
}

/// The file; `None` if it is no regular file, or one of the kernel's that is shorter than it says.
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
    /// Where the last piece begins, and what is in it.
    pub position: u64,
    bytes: Vec<u8>,
}

impl Tail {
    /// Of a file of that size.
    pub fn of(size: u64) -> Self {
        Self { position: size, bytes: Vec::new() }
    }

    /// Reads the piece before, of so many bytes at most; false if the file doesn't hold what it says.
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

/// The lines, as they are found: from the last one backwards.
struct Lines<'py> {
    py: Python<'py>,
    wanted: usize,
    made: Vec<Object<'py>>,
    /// What is known of the line before: its end, in pieces, the last one first. `None` before anything is known.
    rest: Option<Vec<Vec<u8>>>,
}

impl<'py> Lines<'py> {
    fn new(py: Python<'py>, wanted: usize) -> Self {
        Self { py, wanted, made: Vec::new(), rest: None }
    }

    /// How much to read, so that it may be enough: as much as the lines take that are missing, if they are as long as
    /// those in the `known` bytes.
    fn next_step(&self, known: u64) -> u64 {
        let missing = (self.wanted - self.made.len()) as u64;
        let length = if known == 0 { A_LINE } else { known / (self.made.len() as u64 + 1) };
        missing.saturating_mul(length).clamp(SMALLEST_STEP, LARGEST_STEP)
    }

    fn are_enough(&self) -> bool {
        self.made.len() >= self.wanted
    }

    /// Makes the lines that are whole with the piece before.
    fn take(&mut self, piece: &[u8]) -> Result<(), Stop> {
        // The newline at the file's end is no line.
        let mut piece = if self.rest.is_none() { piece.strip_suffix(b"\n").unwrap_or(piece) } else { piece };
        while let Some(newline) = memchr::memrchr(b'\n', piece) {
            self.make(&piece[newline + 1..])?;
            if self.are_enough() {
                return Ok(());
            }
            piece = &piece[..newline];
        }
        self.rest.get_or_insert_default().push(piece.to_vec());
        Ok(())
    }

    /// Makes the line that begins with `head`, and ends with the rest that is known.
    fn make(&mut self, head: &[u8]) -> Result<(), Stop> {
        let newline: &[u8] = if self.made.is_empty() { b"" } else { b"\n" };
        let rest = self.rest.get_or_insert_default();
        let made = if rest.is_empty() {
            line(self.py, head, newline)?
        } else {
            rest.push(head.to_vec());
            rest.reverse();
            line(self.py, &std::mem::take(rest).concat(), newline)?
        };
        self.made.push(made);
        Ok(())
    }

    fn into_list(mut self) -> Answer<'py> {
        object::new_list(self.py, self.made.len(), |_| self.made.pop().or_decline())
    }
}

/// One line without the carriage returns at its end, and with `newline`.
fn line<'py>(py: Python<'py>, bytes: &[u8], newline: &[u8]) -> Result<Object<'py>, Stop> {
    let returns = bytes.iter().rev().take_while(|&&byte| byte == b'\r').count();
    let bytes = &bytes[..bytes.len() - returns];
    if bytes.is_ascii() {
        return text::ascii(py, &[bytes, newline]);
    }
    // A broken sequence ends where the line ends, with or without what was behind it.
    let decoded = text::decode_utf8(py, bytes, c"replace")?;
    if newline.is_empty() { Ok(decoded) } else { text::concat(&decoded, &text::ascii(py, &[newline])?) }
}
