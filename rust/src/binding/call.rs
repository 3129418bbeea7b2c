//! The arguments of one call, as the native reads them.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::world::World;
use super::{Object, OrDecline, Stop, Text};

/// The most parameters that a native may have.
pub const MOST_PARAMETERS: usize = 5;

/// One call: what it was given, and the world that it was made in.
///
/// Every accessor declines what is not of the exact built-in type: an object with behaviour of its own is the original's.
pub struct Call<'a, 'py> {
    py: Python<'py>,
    arguments: &'a [*mut PyObject],
    /// What the original would look up.
    pub world: &'a World,
}

impl<'a, 'py> Call<'a, 'py> {
    /// # Safety
    /// Each of `arguments` is an object that somebody holds for `'a`; the native asks for no index beyond them.
    pub unsafe fn new(py: Python<'py>, arguments: &'a [*mut PyObject], world: &'a World) -> Self {
        Self { py, arguments, world }
    }

    /// The token that says: attached to the interpreter.
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// Argument `index`, whatever it is.
    pub fn object(&self, index: usize) -> Borrowed<'a, 'py, PyAny> {
        // SAFETY: held for 'a, says `new`.
        unsafe { Borrowed::from_ptr(self.py, self.arguments[index]) }
    }

    /// Argument `index`, if it is a `str`.
    pub fn text(&self, index: usize) -> Result<Text<'a, 'py>, Stop> {
        Text::exact(self.object(index)).or_decline()
    }

    /// Argument `index`, if it is a `str` or `None`.
    pub fn optional_text(&self, index: usize) -> Result<Option<Text<'a, 'py>>, Stop> {
        if self.object(index).is_none() { Ok(None) } else { self.text(index).map(Some) }
    }

    /// Argument `index`, if it is an `int` of 64 bits, and no `bool`.
    pub fn int(&self, index: usize) -> Result<i64, Stop> {
        super::objects::int(&self.object(index)).or_decline()
    }

    /// Argument `index`, if it is `True` or `False`.
    pub fn bool(&self, index: usize) -> Result<bool, Stop> {
        let object = self.arguments[index];
        // SAFETY: the two singletons live as long as the interpreter.
        unsafe {
            super::only_if(object == ffi::Py_True() || object == ffi::Py_False())?;
            Ok(object == ffi::Py_True())
        }
    }

    /// Argument `index`, if it is a `float`.
    pub fn float(&self, index: usize) -> Option<f64> {
        let object = self.arguments[index];
        // SAFETY: an exact float has its value inside.
        unsafe { (ffi::PyFloat_CheckExact(object) != 0).then(|| ffi::PyFloat_AS_DOUBLE(object)) }
    }

    /// How many entries argument `index` has now, if it is a `dict`; else none.
    pub fn dict_len(&self, index: usize) -> usize {
        self.object(index).cast_exact::<pyo3::types::PyDict>().map_or(0, |dict| dict.len())
    }

    /// The values of argument `index`, if it is a `dict`: as they are now, held.
    pub fn dict_values(&self, index: usize) -> Result<Vec<Object<'py>>, Stop> {
        let dict = self.object(index);
        let dict = dict.cast_exact::<pyo3::types::PyDict>().or_decline()?;
        Ok(dict.iter().map(|(_, value)| value).collect())
    }
}
