//! `hash_file(path, hash_alg)`.
//!
//! Answers: a `str` path of a regular file that can be opened, and an algorithm's name that `hashlib.new` takes. The hash
//! object is hashlib's own, and so is the hash: native is what lies around it.
//! Declines: everything else, before anything is read: other paths, FIFOs and devices, files that can't be opened,
//! algorithms that aren't there.

use rustix::buffer::spare_capacity;
use rustix::fd::OwnedFd;
use rustix::io::Errno;

use crate::binding::capi::{Forget, raise_os_error};
use crate::binding::gates::audit_open;
use crate::binding::world::{Keep, Pin};
use crate::binding::{Answer, Call, Native, OrDecline, Stop, objects, only_if, work};
use crate::host::files;

/// What the registry binds.
pub const NATIVE: Native = Native { parameters: &["path", "hash_alg"], looks_up: &[LOOKS_UP], call };

const LOOKS_UP: &[Pin] = &[
    Pin::builtin("open"),
    Pin::builtin("bytearray"),
    Pin::builtin("memoryview"),
    Pin::function("hashlib.new", "hashlib").kept(Keep::HashlibNew),
    Pin::c_function("hashlib._hashlib.new", &["_hashlib"]),
];

/// The C modules of hashlib.
const HASHES: &[&str] = &["_hashlib", "_blake2", "_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3"];

/// The most that is read at once: what stays near the processor while it is hashed.
const BUFFER: usize = 1 << 17;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    let path = call.text(0)?;
    let encoded = path.path()?;
    let algorithm = call.text(1)?.itself();
    let opened = work::released(py, || files::open_regular(&encoded)).or_decline()?;
    let (file, size) = opened.or_decline()?;
    let hash = objects::call_with(&call.world.kept(py, Keep::HashlibNew)?, &algorithm).or_forget(py)?;
    // Only these are known to keep no reference to what they are given.
    only_if(objects::is_of_c_module(&hash, HASHES))?;
    let update = objects::attribute(&hash, pyo3::intern!(py, "update")).or_forget(py)?;
    audit_open(&path.itself())?;

    // One byte more than there should be, to see the end at once.
    let mut buffer = Vec::with_capacity(usize::try_from(size).unwrap_or(0).clamp(4095, BUFFER - 1) + 1);
    let mut position = 0;
    loop {
        match work::released(py, || fill(&mut buffer, &file, position)) {
            Ok(is_end) => {
                if !buffer.is_empty() {
                    objects::call_with_view(&update, &mut buffer)?;
                }
                if is_end {
                    return Ok(hash);
                }
            }
            Err(Errno::SPIPE) => return Err(Stop::Decline), // no regular file any more, or one that is read but once
            Err(error) => return Err(raise_os_error(error, None)),
        }
        position += buffer.len() as u64;
        buffer.clear();
        work::handle_signals(py)?;
    }
}

/// Reads from `position` on until the buffer is full, the file ends, or a signal comes. Whether it was the end.
pub fn fill(buffer: &mut Vec<u8>, file: &OwnedFd, position: u64) -> Result<bool, Errno> {
    while buffer.len() < buffer.capacity() {
        let at = position + buffer.len() as u64;
        match rustix::io::pread(file, spare_capacity(buffer), at) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(Errno::INTR) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
