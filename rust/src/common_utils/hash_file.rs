//! `hash_file(path, hash_alg)`.
//!
//! Answers: a `str` path of a regular file that can be opened, and an algorithm's name that `hashlib.new` takes. The hash
//! object is hashlib's own, and so is the hash: native is what lies around it.
//! Declines: everything else, before anything is read: other paths, FIFOs and devices, files that can't be opened,
//! algorithms that aren't there.

use crate::binding::capi::{Forget, raise_os_error};
use crate::binding::gates::audit_open;
use crate::binding::world::{Keep, Pin};
use crate::binding::{Answer, Call, Native, OrDecline, objects, only_if, work};
use crate::host::files;
use rustix::io::Errno;

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

/// The most that is read at once, as in the original.
const BUFFER: usize = 1 << 18;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    let path = call.text(0)?;
    let encoded = path.path()?;
    let algorithm = call.text(1)?.itself();
    let opened = work::released(py, || files::open_regular(&encoded)).or_decline()?;
    let (file, stat) = opened.or_decline()?;
    let hash = objects::call_with(&call.world.kept(py, Keep::HashlibNew)?, &algorithm).or_forget(py)?;
    // Only these are known to keep no reference to what they are given.
    only_if(objects::is_of_c_module(&hash, HASHES))?;
    let update = objects::attribute(&hash, pyo3::intern!(py, "update")).or_forget(py)?;
    audit_open(&path.itself())?;

    // From here on the file is being consumed: no way back. One byte more than there should be, to see the end at once.
    let size = usize::try_from(stat.st_size).unwrap_or(0).clamp(4095, BUFFER - 1) + 1;
    let mut buffer = vec![0; size];
    loop {
        match work::released(py, || rustix::io::read(&file, &mut buffer)) {
            Ok(0) => return Ok(hash),
            Ok(count) => objects::call_with_view(&update, &mut buffer[..count])?,
            Err(Errno::INTR) => {}
            Err(error) => return Err(raise_os_error(error, None)),
        }
        work::handle_signals(py)?;
    }
}
