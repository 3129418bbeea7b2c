//! The parts of CPython's C API that `pyo3-ffi` lacks, and the two wrappers that every other file here needs.

use std::ffi::{c_char, c_int};
use std::ptr::NonNull;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::{Object, Stop};

// Functions that may give the GIL up and take it back: see `finishing`.
unsafe extern "C-unwind" {
    /// Raises an audit event: -1 with an exception set if a hook did.
    pub fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
    /// Runs the handlers of signals that have come: -1 with an exception set if one raised.
    pub fn PyErr_CheckSignals() -> c_int;
    /// Calls an object with a tuple of objects.
    pub fn PyObject_CallObject(callable: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject;
    /// Calls an object with objects; null ends them.
    pub fn PyObject_CallFunctionObjArgs(callable: *mut PyObject, ...) -> *mut PyObject;
    /// Calls the method of that name of the first of so many objects with the others.
    pub fn PyObject_VectorcallMethod(
        name: *mut PyObject,
        arguments: *const *mut PyObject,
        count: usize,
        keywords: *mut PyObject,
    ) -> *mut PyObject;
}

unsafe extern "C" {
    /// The value that a class, or one of its bases, has under a name: borrowed, or null without an exception.
    pub(super) fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut PyObject) -> *mut PyObject;
    /// Lets calls of a function go elsewhere.
    #[cfg(Py_3_12)]
    pub fn PyFunction_SetVectorcall(function: *mut PyObject, vectorcall: ffi::vectorcallfunc);
    /// A new watcher's id, or -1 with an exception set: an interpreter has eight.
    #[cfg(Py_3_12)]
    pub fn PyDict_AddWatcher(callback: DictWatcher) -> c_int;
}

/// Called before a watched dict changes.
#[cfg(Py_3_12)]
pub type DictWatcher =
    unsafe extern "C" fn(event: c_int, dict: *mut PyObject, key: *mut PyObject, value: *mut PyObject) -> c_int;

/// Whether the calling code runs in the main interpreter, and not in a subinterpreter.
pub fn is_main_interpreter(_py: Python<'_>) -> bool {
    // SAFETY: attached, so there is an interpreter; the main one has the number 0.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}

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

/// What a C function returns that gives no object: negative where it has set an exception.
pub fn succeeded(result: c_int) -> Result<(), Stop> {
    if result < 0 { Err(Stop::Raise) } else { Ok(()) }
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
