//! Python functions: the fields of their objects, read without the audit events that reading attributes raises.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::Object;
use super::error::Forget;
use super::number::int;
use super::object::attribute;
use super::text::name;

/// A Python function.
#[derive(Clone)]
pub struct Function<'py>(Object<'py>);

impl<'py> Function<'py> {
    /// `object`, if it is a Python function.
    pub fn of(object: &Bound<'py, PyAny>) -> Option<Self> {
        // SAFETY: attached, an object.
        (unsafe { ffi::PyFunction_Check(object.as_ptr()) } != 0).then(|| Self(object.clone()))
    }

    /// The function as an object.
    pub fn object(&self) -> &Object<'py> {
        &self.0
    }

    /// The function's struct, which lives as long as the function.
    pub fn as_ptr(&self) -> *mut ffi::PyFunctionObject {
        self.0.as_ptr().cast()
    }

    fn field(&self, field: *mut PyObject) -> Option<Object<'py>> {
        // SAFETY: a field of the function's struct: null, or an object that the function holds.
        unsafe { Bound::from_borrowed_ptr_or_opt(self.0.py(), field) }
    }

    /// Its `__code__`.
    pub fn code(&self) -> Option<Object<'py>> {
        // SAFETY: a function's struct is readable while the function is held.
        self.field(unsafe { (*self.as_ptr()).func_code })
    }

    /// Its `__defaults__`.
    pub fn defaults(&self) -> Option<Object<'py>> {
        // SAFETY: as above.
        self.field(unsafe { (*self.as_ptr()).func_defaults })
    }

    /// Its `__kwdefaults__`.
    pub fn keyword_defaults(&self) -> Option<Object<'py>> {
        // SAFETY: as above.
        self.field(unsafe { (*self.as_ptr()).func_kwdefaults })
    }

    /// Whether its code has parameters that are only given by keyword; true where that can't be told.
    pub fn has_keyword_only(&self) -> bool {
        let py = self.0.py();
        let count = |code| attribute(&code, name!(py, "co_kwonlyargcount"));
        self.code().and_then(|code| count(code).or_forget(py).ok()).and_then(|count| int(&count)) != Some(0)
    }

    /// Its `__globals__`.
    pub fn globals(&self) -> Option<Bound<'py, PyDict>> {
        // SAFETY: as above.
        self.field(unsafe { (*self.as_ptr()).func_globals })?.cast_into().ok()
    }

    /// Its `__name__`.
    pub fn name(&self) -> Option<Bound<'py, PyString>> {
        // SAFETY: as above.
        self.field(unsafe { (*self.as_ptr()).func_name })?.cast_into().ok()
    }

    /// Its `__qualname__`.
    pub fn qualified_name(&self) -> Option<Bound<'py, PyString>> {
        // SAFETY: as above.
        self.field(unsafe { (*self.as_ptr()).func_qualname })?.cast_into().ok()
    }
}
