//! Exceptions: set, forgotten, taken and set again.

use std::collections::TryReserveError;
use std::ffi::CStr;
#[cfg(not(Py_3_12))]
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::api::owned;
use super::{Object, Stop};

/// Turns the pending exception into a decline: for calls without a side effect, which the original may make again.
pub trait Forget<T> {
    /// The value; a pending exception is dropped and the call declined.
    fn or_forget(self, py: Python<'_>) -> Result<T, Stop>;
    /// The same, where Python code has run: only for a ValueError. Another exception may be a signal handler's, which comes
    /// once.
    fn or_forget_value_error(self, py: Python<'_>) -> Result<T, Stop>;
    /// The same, only for a RecursionError.
    fn or_forget_recursion_error(self, py: Python<'_>) -> Result<T, Stop>;
}

impl<T> Forget<T> for Result<T, Stop> {
    fn or_forget(self, py: Python<'_>) -> Result<T, Stop> {
        self.map_err(|_| {
            clear(py);
            Stop::Decline
        })
    }

    fn or_forget_value_error(self, py: Python<'_>) -> Result<T, Stop> {
        // SAFETY: the classes of exceptions live as long as the interpreter.
        if self.is_err() && is_pending(py, unsafe { ffi::PyExc_ValueError }) { self.or_forget(py) } else { self }
    }

    fn or_forget_recursion_error(self, py: Python<'_>) -> Result<T, Stop> {
        // SAFETY: as above.
        if self.is_err() && is_pending(py, unsafe { ffi::PyExc_RecursionError }) { self.or_forget(py) } else { self }
    }
}

/// Whether the pending exception, if there is one, is of that class.
fn is_pending(_py: Python<'_>, class: *mut PyObject) -> bool {
    // SAFETY: attached, and a class of exceptions; nothing pending matches none.
    unsafe { ffi::PyErr_ExceptionMatches(class) != 0 }
}

/// How many times a MemoryError was dropped.
static FORGOTTEN: AtomicUsize = AtomicUsize::new(0);

/// How many times a MemoryError was dropped: what was found out meanwhile may be wrong.
pub fn forgotten_memory_errors() -> usize {
    FORGOTTEN.load(Ordering::Relaxed)
}

/// Drops the pending exception, if there is one.
pub fn clear(py: Python<'_>) {
    // SAFETY: the classes of exceptions live as long as the interpreter.
    if is_pending(py, unsafe { ffi::PyExc_MemoryError }) {
        FORGOTTEN.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: attached.
    unsafe { ffi::PyErr_Clear() };
}

/// Turns an allocation that failed into MemoryError. Sizes that come from a call or from the machine are asked for with
/// `try_reserve`: Rust would end the process where they can't be had.
pub trait OrMemoryError<T> {
    /// The value; without it, MemoryError is set.
    fn or_memory_error(self, py: Python<'_>) -> Result<T, Stop>;
}

impl<T> OrMemoryError<T> for Result<T, TryReserveError> {
    fn or_memory_error(self, py: Python<'_>) -> Result<T, Stop> {
        self.map_err(|_| raise_memory_error(py))
    }
}

/// Sets MemoryError.
pub fn raise_memory_error(_py: Python<'_>) -> Stop {
    // SAFETY: attached; CPython has an instance ready for when there is no memory.
    unsafe { ffi::PyErr_NoMemory() };
    Stop::Raise
}

/// Sets `OSError(errno, strerror[, filename])`, of the subclass that belongs to `errno`.
pub fn raise_os_error(_py: Python<'_>, errno: rustix::io::Errno, filename: Option<&Object<'_>>) -> Stop {
    // SAFETY: attached; the C function reads libc's errno, which is this thread's, and borrows `filename`.
    unsafe {
        *libc::__errno_location() = errno.raw_os_error();
        match filename {
            Some(name) => ffi::PyErr_SetFromErrnoWithFilenameObject(ffi::PyExc_OSError, name.as_ptr()),
            None => ffi::PyErr_SetFromErrno(ffi::PyExc_OSError),
        };
    }
    Stop::Raise
}

/// Sets `OSError(message)`.
pub fn raise_os_error_text(py: Python<'_>, message: &CStr) -> Stop {
    // SAFETY: the classes of exceptions live as long as the interpreter.
    raise(py, unsafe { ffi::PyExc_OSError }, message)
}

/// Sets `RuntimeError(message)`.
pub fn raise_runtime_error(py: Python<'_>, message: &CStr) -> Stop {
    // SAFETY: as above.
    raise(py, unsafe { ffi::PyExc_RuntimeError }, message)
}

/// Sets `ImportError(message)`.
pub fn raise_import_error(py: Python<'_>, message: &CStr) -> Stop {
    // SAFETY: as above.
    raise(py, unsafe { ffi::PyExc_ImportError }, message)
}

/// Sets an exception, or MemoryError where there is no memory for its message. (Before CPython 3.11, `PyErr_SetString` sets one
/// without a message then.)
fn raise(py: Python<'_>, class: *mut PyObject, message: &CStr) -> Stop {
    // SAFETY: attached; the message, which is UTF-8, is copied, and the new str is ours.
    match unsafe { owned(py, ffi::PyUnicode_FromString(message.as_ptr())) } {
        Ok(message) => {
            // SAFETY: a class of exceptions, and an object that we hold.
            unsafe { ffi::PyErr_SetObject(class, message.as_ptr()) };
            Stop::Raise
        }
        Err(stop) => stop,
    }
}

/// The exception that is set, with its traceback; it is set no longer.
#[cfg(Py_3_12)]
pub fn take(py: Python<'_>) -> Option<Object<'_>> {
    // SAFETY: attached; a reference of ours, or null.
    unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyErr_GetRaisedException()) }
}

/// Sets an exception that was taken, as it was.
#[cfg(Py_3_12)]
pub fn set(exception: Object<'_>) {
    // SAFETY: an exception, whose reference is taken.
    unsafe { ffi::PyErr_SetRaisedException(exception.into_ptr()) }
}

/// The exception that is set, with its traceback; it is set no longer.
#[cfg(not(Py_3_12))]
pub fn take(py: Python<'_>) -> Option<Object<'_>> {
    let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
    // SAFETY: attached; three references of ours, or null.
    unsafe {
        ffi::PyErr_Fetch(&mut kind, &mut value, &mut traceback);
        ffi::PyErr_NormalizeException(&mut kind, &mut value, &mut traceback);
        if !traceback.is_null() {
            ffi::PyException_SetTraceback(value, traceback);
        }
        let value = Bound::from_owned_ptr_or_opt(py, value);
        ffi::Py_XDECREF(kind);
        ffi::Py_XDECREF(traceback);
        value
    }
}

/// Sets an exception that was taken, as it was.
#[cfg(not(Py_3_12))]
pub fn set(exception: Object<'_>) {
    // SAFETY: an exception, whose reference is taken, as are a new one of its class and one of its traceback.
    unsafe {
        let kind = exception.get_type().into_ptr();
        let traceback = ffi::PyException_GetTraceback(exception.as_ptr());
        ffi::PyErr_Restore(kind, exception.into_ptr(), traceback);
    }
}
