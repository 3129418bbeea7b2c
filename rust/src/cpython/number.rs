//! Numbers: read where they lie, and made.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;

use super::api::owned;
use super::{Object, Stop, error, text};

/// The value of an exact `int` that fits 64 bits.
pub fn int(object: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: only an exact int is converted, which runs no other code and raises nothing.
    unsafe {
        if ffi::PyLong_CheckExact(object.as_ptr()) == 0 {
            return None;
        }
        let value = ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow);
        (overflow == 0).then_some(value)
    }
}

/// The value of an `int`, or of an instance of a subclass of it, that fits 64 bits.
pub fn any_int(object: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: an int or an instance of a subclass, whose value is inside: it is read without running other code.
    unsafe {
        if ffi::PyLong_Check(object.as_ptr()) == 0 {
            return None;
        }
        let value = ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow);
        (overflow == 0).then_some(value)
    }
}

/// The value of an exact `float`.
pub fn float(object: &Bound<'_, PyAny>) -> Option<f64> {
    // SAFETY: an exact float has its value inside.
    unsafe { (ffi::PyFloat_CheckExact(object.as_ptr()) != 0).then(|| ffi::PyFloat_AS_DOUBLE(object.as_ptr())) }
}

/// The value of `True` or `False`.
pub fn bool(object: &Bound<'_, PyAny>) -> Option<bool> {
    // SAFETY: the two singletons live as long as the interpreter.
    let (yes, no) = unsafe { (ffi::Py_True(), ffi::Py_False()) };
    (object.as_ptr() == yes || object.as_ptr() == no).then(|| object.as_ptr() == yes)
}

/// An `int`.
pub fn new_int(py: Python<'_>, value: i64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or MemoryError.
    unsafe { owned(py, ffi::PyLong_FromLongLong(value)) }
}

/// A `float`.
pub fn new_float(py: Python<'_>, value: f64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or MemoryError.
    unsafe { owned(py, ffi::PyFloat_FromDouble(value)) }
}

/// `True` or `False`.
pub fn new_bool(py: Python<'_>, value: bool) -> Object<'_> {
    pyo3::types::PyBool::new(py, value).to_owned().into_any()
}

/// `float(text)`.
pub fn parse_float(text: &Object<'_>) -> Result<f64, Stop> {
    // SAFETY: an object that we hold; the result is a new float, whose value is read before it goes.
    unsafe { owned(text.py(), ffi::PyFloat_FromString(text.as_ptr())).map(|it| ffi::PyFloat_AS_DOUBLE(it.as_ptr())) }
}

/// `int(value)`, which raises for what is not finite.
pub fn int_from_float(py: Python<'_>, value: f64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or the exception.
    unsafe { owned(py, ffi::PyLong_FromDouble(value)) }
}

/// `value`, formatted as CPython formats a float with `.{precision}f`, by its own routine.
pub fn format_fixed(py: Python<'_>, value: f64, precision: i32) -> Result<Object<'_>, Stop> {
    // SAFETY: the C string is ours, ASCII, and freed by its own allocator once it is copied.
    unsafe {
        let digits = ffi::PyOS_double_to_string(value, b'f' as _, precision, 0, std::ptr::null_mut());
        if digits.is_null() {
            return Err(Stop::Raise);
        }
        let text = text::ascii(py, &[CStr::from_ptr(digits).to_bytes()]);
        ffi::PyMem_Free(digits.cast());
        text
    }
}

/// Hands the characters of `repr(value)` to `read`, made by CPython's own routine.
pub fn with_float_repr<T>(py: Python<'_>, value: f64, read: impl FnOnce(&[u8]) -> Result<T, Stop>) -> Result<T, Stop> {
    /// Frees the C string, also while `read` unwinds.
    struct Digits(*mut std::ffi::c_char);
    impl Drop for Digits {
        fn drop(&mut self) {
            // SAFETY: made by this allocator, and freed once.
            unsafe { ffi::PyMem_Free(self.0.cast()) };
        }
    }
    const ADD_DOT_0: i32 = 2; // Py_DTSF_ADD_DOT_0
    // SAFETY: attached; the result is a C string that is ours, or null with MemoryError.
    let digits = unsafe { ffi::PyOS_double_to_string(value, b'r' as _, 0, ADD_DOT_0, std::ptr::null_mut()) };
    if digits.is_null() {
        return Err(error::raise_memory_error(py));
    }
    let digits = Digits(digits);
    // SAFETY: a C string that lives until `digits` is dropped.
    read(unsafe { CStr::from_ptr(digits.0) }.to_bytes())
}
