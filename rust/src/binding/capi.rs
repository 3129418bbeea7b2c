//! The parts of CPython's C API that `pyo3-ffi` lacks, and the smallest wrappers around the rest.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::{Object, Stop};

// What may give the GIL up and take it back: see `finishing`.
unsafe extern "C-unwind" {
    /// Raises an audit event: -1 with an exception set if a hook did.
    pub fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
    /// Runs the handlers of signals that have come: -1 with an exception set if one raised.
    pub fn PyErr_CheckSignals() -> c_int;
    /// Calls an object with a tuple of objects.
    pub fn PyObject_CallObject(callable: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject;
    /// Calls an object with objects; null ends them.
    pub fn PyObject_CallFunctionObjArgs(callable: *mut PyObject, ...) -> *mut PyObject;
}

unsafe extern "C" {
    /// What a class, or one of its bases, has under a name: borrowed, or null without an exception.
    fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut PyObject) -> *mut PyObject;
    /// Lets calls of a function go elsewhere.
    #[cfg(Py_3_12)]
    pub fn PyFunction_SetVectorcall(function: *mut PyObject, vectorcall: ffi::vectorcallfunc);
    /// A new watcher's id, or -1 with an exception set: there are few.
    #[cfg(Py_3_12)]
    pub fn PyDict_AddWatcher(callback: DictWatcher) -> c_int;
}

/// Called before a watched dict changes.
#[cfg(Py_3_12)]
pub type DictWatcher =
    unsafe extern "C" fn(event: c_int, dict: *mut PyObject, key: *mut PyObject, value: *mut PyObject) -> c_int;

/// Makes a call that may give the GIL up.
///
/// A daemon thread that takes it back while the interpreter is being finalised is ended there, by a forced unwind through
/// our frames (before CPython 3.14, which makes such a thread hang). Nothing here may be dropped then, for that needs the
/// GIL: so the thread hangs until the process is gone.
pub fn finishing<T>(call: impl FnOnce() -> T) -> T {
    struct Hang;
    impl Drop for Hang {
        fn drop(&mut self) {
            loop {
                // SAFETY: waits for a signal.
                unsafe { libc::pause() };
            }
        }
    }
    let unwound = Hang;
    let result = call();
    std::mem::forget(unwound);
    result
}

/// A new reference that a C function returned, or the exception that it set.
///
/// # Safety
/// `new` is null with an exception set, or a reference that the caller owns.
pub unsafe fn owned(py: Python<'_>, new: *mut PyObject) -> Result<Object<'_>, Stop> {
    let new = NonNull::new(new).ok_or(Stop::Raise)?;
    // SAFETY: not null, and ours, says the caller.
    Ok(unsafe { Bound::from_owned_ptr(py, new.as_ptr()) })
}

/// Whether a class, or one of its bases, has something under that name.
pub fn has_attribute(class: &Bound<'_, PyType>, name: &Bound<'_, PyString>) -> bool {
    // SAFETY: a class and a str that somebody holds; it looks into dicts, and calls nobody.
    !unsafe { _PyType_Lookup(class.as_type_ptr(), name.as_ptr()) }.is_null()
}

/// Turns the pending exception into a decline: for what had no side effect, so that the original may do it again.
pub trait Forget<T> {
    /// The value; a pending exception is dropped and the call declined.
    fn or_forget(self, py: Python<'_>) -> Result<T, Stop>;
    /// The same, where Python code has run: only for a ValueError. Whatever else may be a signal handler's, which comes once.
    fn or_forget_value_error(self, py: Python<'_>) -> Result<T, Stop>;
}

impl<T> Forget<T> for Result<T, Stop> {
    fn or_forget(self, _py: Python<'_>) -> Result<T, Stop> {
        self.map_err(|_| {
            // SAFETY: `_py` proves that we are attached.
            unsafe { ffi::PyErr_Clear() };
            Stop::Decline
        })
    }

    fn or_forget_value_error(self, py: Python<'_>) -> Result<T, Stop> {
        // SAFETY: attached; an exception is set where there is no value.
        let is_ours = self.is_err() && unsafe { ffi::PyErr_ExceptionMatches(ffi::PyExc_ValueError) } != 0;
        if is_ours { self.or_forget(py) } else { self }
    }
}

/// Sets `OSError(errno, strerror[, filename])`, of the subclass that belongs to `errno`.
pub fn raise_os_error(errno: rustix::io::Errno, filename: Option<&Object<'_>>) -> Stop {
    // SAFETY: attached, since an `Object` or the caller's `Call` exists; the C function reads libc's errno, which is this
    // thread's, and borrows `filename`.
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

fn raise(_py: Python<'_>, class: *mut PyObject, message: &CStr) -> Stop {
    // SAFETY: attached; the message is copied.
    unsafe { ffi::PyErr_SetString(class, message.as_ptr()) };
    Stop::Raise
}
