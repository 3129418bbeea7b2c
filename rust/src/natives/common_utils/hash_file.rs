//! `hash_file(path, hash_alg)`.
//!
//! Answers: a `str` path of a regular file that can be opened, and an algorithm's name that `hashlib.new` takes. The
//! hash object is hashlib's, which also computes the hash; the native opens and reads the file.
//! Declines: everything else, before it reads anything: other paths, FIFOs and devices, files that can't be opened,
//! algorithms that hashlib doesn't have.

use std::mem::MaybeUninit;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use crate::cpython::buffer::Buffer;
use crate::cpython::class::is_of_c_module;
use crate::cpython::error::{Forget, raise_os_error};
use crate::cpython::text::name;
use crate::cpython::{Answer, OrDecline, Stop, object, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::audit_open;
use crate::effects::signals;
use crate::guards::{Guard, Handle};
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["path", "hash_alg"]),
    guards: &[GUARDS],
    thresholds: &[BUFFER as u64, UNKNOWN as u64],
    call,
};

/// `hashlib.new`.
static NEW: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("open"),
    Guard::builtin("bytearray"),
    Guard::builtin("memoryview"),
    Guard::function("hashlib.new", "hashlib").kept_as(&NEW),
    Guard::c_function("hashlib._hashlib.new", &["_hashlib"]),
];

/// The C modules of hashlib.
const HASHES: &[&str] = &["_hashlib", "_blake2", "_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3"];

/// The most bytes read at once: so many stay in the processor's cache until they are hashed.
const BUFFER: usize = 1 << 17;

/// The bytes read at once of a file whose size is 0: the original's buffer. The file may be one of the kernel's, and
/// some of those give their content to the first read alone.
const UNKNOWN: usize = 1 << 18;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let path = arguments.text(0)?;
    let encoded = path.path()?;
    let name = arguments.text(1)?;
    // hashlib's error for a name with a null character is a TypeError, and comes after the file is opened.
    only_if(name.ascii().is_some_and(|name| !name.contains(&0)))?;
    let algorithm = name.itself();
    let opened = signals::released(py, || files::open_regular(&encoded)).or_decline()?;
    let (file, stat) = opened.or_decline()?;
    // Signals are handled here, not in hashlib's Python code: a handler's exception there would pass for hashlib's own,
    // that there is no such algorithm.
    signals::handle_signals(py)?;
    let hash = object::call_with(&arguments.kept(&NEW)?, &algorithm).or_forget_value_error(py)?;
    // The buffer is written to again: only these are known to keep no reference to the bytes that they hash.
    only_if(is_of_c_module(&hash, HASHES))?;
    let update = object::attribute(&hash, name!(py, "update")).or_forget(py)?;
    audit_open(&path.itself())?;

    // One byte more than the file has: the first fill then sees its end.
    let size = usize::try_from(stat.st_size).unwrap_or(0);
    let size = if size == 0 { UNKNOWN } else { (size + 1).min(BUFFER) };
    let mut buffer = Buffer::new(py)?;
    let mut position = 0;
    loop {
        let memory = buffer.resized(size)?;
        match signals::released(py, || fill(memory, &file, position)) {
            Ok((count, is_end)) => {
                if count > 0 {
                    object::call_with(&update, buffer.filled(count)?)?;
                }
                if is_end {
                    return Ok(hash);
                }
                position += count as u64;
            }
            Err(Errno::SPIPE) => return Err(Stop::Decline), // a FIFO by now: `pread` has taken nothing out of it
            Err(error) => return Err(raise_os_error(py, error, None)),
        }
        signals::handle_signals(py)?;
    }
}

/// Reads from `position` on until the buffer is full, the file ends, or a signal comes: the number of bytes, and
/// whether the file has ended.
pub fn fill(buffer: &mut [MaybeUninit<u8>], file: &OwnedFd, position: u64) -> Result<(usize, bool), Errno> {
    let mut filled = 0;
    while filled < buffer.len() {
        match rustix::io::pread(file, &mut buffer[filled..], position + filled as u64) {
            Ok((&mut [], _)) => return Ok((filled, true)),
            Ok((read, _)) => filled += read.len(),
            Err(Errno::INTR) => break,
            Err(error) => return Err(error),
        }
    }
    Ok((filled, false))
}
