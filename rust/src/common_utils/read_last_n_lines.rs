//! `read_last_n_lines(file_path, n, chunk_size=8192, encoding='utf-8', errors='replace')`.
//!
//! Answers: a `str` path of a regular file that can be opened, n of 1 or more, any positive chunk size, the default encoding
//! and error handler.
//! Declines: everything else, and files that don't hold as many bytes as they say (below /sys, or cut off meanwhile).

use rustix::fd::OwnedFd;
use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::binding::gates::{audit_open, is_let};
use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, Object, OrDecline, Python, Stop, objects, only_if, text, work};
use crate::host::files;

/// What the registry binds.
pub const NATIVE: Native =
    Native { parameters: &["file_path", "n", "chunk_size", "encoding", "errors"], looks_up: &[LOOKS_UP], call };

const LOOKS_UP: &[Pin] = &[
    Pin::builtin("open"),
    Pin::builtin("min"),
    Pin::builtin("reversed"),
    Pin::builtin("OSError"),
    Pin::function("os.path.exists", "genericpath"),
    Pin::c_function("os.path.exists.@.os.stat", &["posix"]),
    Pin::number("os.SEEK_END", 2),
];

/// How much is read at first; each further step is twice as long, up to the largest.
const FIRST_STEP: usize = 16 << 10;
const LARGEST_STEP: usize = 8 << 20;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    let file_path = call.text(0)?;
    let n = usize::try_from(call.int(1)?).or_decline()?;
    only_if(n > 0 && call.int(2)? > 0)?;
    only_if(call.text(3)?.ascii() == Some(b"utf-8") && call.text(4)?.ascii() == Some(b"replace"))?;
    let path = file_path.path()?;

    let (file, size) = work::released(py, || open(&path)).or_decline()?.or_decline()?;
    // The original turns an OSError of a hook's into another: it has to ask once more.
    only_if(is_let(py, audit_open(&file_path.itself()), false)?)?;
    let mut tail = Tail::new(size);
    while !tail.is_enough(n) {
        // Reading at a position consumes nothing: declining is still open.
        only_if(work::released(py, || tail.step(&file)).or_decline()?)?;
        work::handle_signals(py)?;
    }
    drop(file);
    lines(py, &tail.into_bytes(), n)
}

/// The file and its size, by its own word; `None` if it is no regular file.
fn open(path: &[u8]) -> Result<Option<(OwnedFd, u64)>, Errno> {
    let Some((file, _)) = files::open_regular(path)? else { return Ok(None) };
    let size = rustix::fs::seek(&file, SeekFrom::End(0))?;
    Ok(Some((file, size)))
}

/// The end of a file, read backwards.
struct Tail {
    /// Where the part that was read begins.
    position: u64,
    newlines: usize,
    /// The last step first.
    steps: Vec<Vec<u8>>,
    next: usize,
}

impl Tail {
    fn new(size: u64) -> Self {
        Self { position: size, newlines: 0, steps: Vec::new(), next: FIRST_STEP }
    }

    /// One newline more than lines, since the last one may end the file.
    fn is_enough(&self, n: usize) -> bool {
        self.position == 0 || self.newlines > n
    }

    /// Reads the part before; false if the file doesn't hold what it says.
    fn step(&mut self, file: &OwnedFd) -> Result<bool, Errno> {
        let length = usize::try_from(self.position).map_or(self.next, |all| all.min(self.next));
        let start = self.position - length as u64;
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match rustix::io::pread(file, &mut bytes[filled..], start + filled as u64) {
                Ok(0) => return Ok(false),
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        self.newlines += memchr::memchr_iter(b'\n', &bytes).count();
        self.steps.push(bytes);
        self.position = start;
        self.next = (self.next * 2).min(LARGEST_STEP);
        Ok(true)
    }

    fn into_bytes(mut self) -> Vec<u8> {
        if self.steps.len() == 1 {
            return self.steps.swap_remove(0);
        }
        let mut all = Vec::with_capacity(self.steps.iter().map(Vec::len).sum());
        while let Some(step) = self.steps.pop() {
            all.extend_from_slice(&step);
        }
        all
    }
}

/// The last `n` lines of `bytes`, as the original hands them out.
fn lines<'py>(py: Python<'py>, bytes: &[u8], n: usize) -> Answer<'py> {
    if bytes.is_empty() {
        return objects::new_list(py, 0, |_| Err(Stop::Decline));
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let start = memchr::memrchr_iter(b'\n', body).nth(n - 1).map_or(0, |newline| newline + 1);
    let mut rest = &body[start..];
    let count = memchr::memchr_iter(b'\n', rest).count();
    objects::new_list(py, count + 1, |index| {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let made = line(py, &rest[..end], if index < count { b"\n" } else { b"" });
        rest = rest.get(end + 1..).unwrap_or_default();
        made
    })
}

/// One line without the carriage returns at its end, and with `newline`.
fn line<'py>(py: Python<'py>, bytes: &[u8], newline: &'static [u8]) -> Result<Object<'py>, Stop> {
    let returns = bytes.iter().rev().take_while(|&&byte| byte == b'\r').count();
    let bytes = &bytes[..bytes.len() - returns];
    if bytes.is_ascii() {
        return text::ascii(py, &[bytes, newline]);
    }
    // A broken sequence ends where the line ends, with or without what was behind it.
    let decoded = text::decode_utf8(py, bytes, c"replace")?;
    if newline.is_empty() { Ok(decoded) } else { text::concat(&decoded, &text::ascii(py, &[newline])?) }
}
