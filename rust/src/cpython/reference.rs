//! References that are kept from call to call.

use std::ptr::NonNull;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::Object;

/// An owned reference, given back the moment that it is dropped.
///
/// `Py<T>` would wait with that until PyO3 knows that the thread is attached, which it doesn't know inside a native: the
/// interpreter calls natives directly.
pub struct Reference(NonNull<PyObject>);

impl Reference {
    /// A reference of its own to `object`.
    pub fn to(object: &Bound<'_, PyAny>) -> Self {
        // SAFETY: an object is never null, and the new reference is ours.
        unsafe {
            ffi::Py_INCREF(object.as_ptr());
            Self(NonNull::new_unchecked(object.as_ptr()))
        }
    }

    /// The object, held once more.
    pub fn bind<'py>(&self, py: Python<'py>) -> Object<'py> {
        // SAFETY: alive for as long as this reference is.
        unsafe { Bound::from_borrowed_ptr(py, self.0.as_ptr()) }
    }

    /// The object's address.
    pub fn as_ptr(&self) -> *mut PyObject {
        self.0.as_ptr()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: our own reference. Snapshots and attachments, which hold them, are dropped by attached code only.
        unsafe { ffi::Py_DECREF(self.0.as_ptr()) };
    }
}
