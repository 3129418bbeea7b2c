//! Audit events: raised as the original raises them, in its order and with its arguments.

use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use crate::cpython::api::{PySys_Audit, finishing};
use crate::cpython::{Object, Stop, error};

/// Whether there is an audit hook.
///
/// The C API has no function for that. But without a hook, `PySys_Audit` returns before it looks at its arguments; with
/// one, it builds them first, and fails here, since a null object can't be built. So no hook ever gets this event.
pub fn is_audited(py: Python<'_>) -> bool {
    /// True once a hook was found: hooks can't be removed.
    static AUDITED: AtomicBool = AtomicBool::new(false);
    if AUDITED.load(Ordering::Relaxed) {
        return true;
    }
    let nothing = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: attached; the format takes one object, for which null is an error that CPython reports.
    let audited = finishing(|| unsafe { PySys_Audit(c"sky_rust.audited".as_ptr(), c"O".as_ptr(), nothing) }) != 0;
    if audited {
        error::clear(py);
        AUDITED.store(true, Ordering::Relaxed);
    }
    audited
}

/// The flags with which Python opens a file for reading.
const READING: c_int = libc::O_RDONLY | libc::O_CLOEXEC;

/// Raises the event of `open(path, 'rb')`.
pub fn audit_open(path: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: attached; the arguments are what the format says, and borrowed for the call.
    heard(finishing(|| unsafe {
        PySys_Audit(c"open".as_ptr(), c"Osi".as_ptr(), path.as_ptr(), c"r".as_ptr(), READING)
    }))
}

/// Raises the event of `open(path)`, for a path that the original itself names (the caller's go to [`audit_open`]).
pub fn audit_open_own(_py: Python<'_>, path: &CStr) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe {
        PySys_Audit(c"open".as_ptr(), c"ssi".as_ptr(), path.as_ptr(), c"r".as_ptr(), READING)
    }))
}

/// Raises the event of `os.listdir(path)`.
pub fn audit_listdir(path: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe { PySys_Audit(c"os.listdir".as_ptr(), c"O".as_ptr(), path.as_ptr()) }))
}

/// Raises the event of `socket.bind(address)`.
pub fn audit_bind(socket: &Object<'_>, address: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe {
        PySys_Audit(c"socket.bind".as_ptr(), c"OO".as_ptr(), socket.as_ptr(), address.as_ptr())
    }))
}

/// `Stop::Raise` where a hook has raised an exception.
fn heard(result: c_int) -> Result<(), Stop> {
    if result == 0 { Ok(()) } else { Err(Stop::Raise) }
}

/// The exceptions that the original catches around an event.
#[derive(Clone, Copy)]
pub enum Catches {
    /// `except OSError`
    OsError,
    /// `except (OSError, ValueError)`
    OsOrValueError,
    /// `except Exception`, or another clause that keeps one from the caller
    Exception,
}

/// Whether the hooks let the event pass. Where one raises an exception that the original catches, it is cleared: false.
pub fn is_let(_py: Python<'_>, heard: Result<(), Stop>, catches: Catches) -> Result<bool, Stop> {
    let Err(stop) = heard else { return Ok(true) };
    // SAFETY: attached, and an exception is set; the classes live as long as the interpreter.
    unsafe {
        let classes = match catches {
            Catches::OsError => &[ffi::PyExc_OSError][..],
            Catches::OsOrValueError => &[ffi::PyExc_OSError, ffi::PyExc_ValueError],
            Catches::Exception => &[ffi::PyExc_Exception],
        };
        if !classes.iter().any(|&class| ffi::PyErr_ExceptionMatches(class) != 0) {
            return Err(stop);
        }
        ffi::PyErr_Clear();
    }
    Ok(false)
}
