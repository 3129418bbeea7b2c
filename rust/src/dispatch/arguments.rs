//! The arguments of one call, as the native reads them.

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Stop, Text, class, number};
use crate::guards::{Handle, Snapshot};

/// The arguments of one call, in the order of the parameters, and the snapshot that it is answered by.
///
/// Every accessor declines an object that is not of the exact built-in type: one with behaviour of its own is the original's.
pub struct Arguments<'a, 'py> {
    py: Python<'py>,
    given: &'a [*mut PyObject],
    snapshot: &'a Snapshot,
    loses_records: bool,
}

impl<'a, 'py> Arguments<'a, 'py> {
    /// # Safety
    /// Each of `given` is an object that is held for `'a`.
    pub(super) unsafe fn new(py: Python<'py>, given: &'a [*mut PyObject], snapshot: &'a Snapshot) -> Self {
        Self { py, given, snapshot, loses_records: true }
    }

    /// The same, of a call whose log records the control makes.
    pub(super) fn with_a_control(self) -> Self {
        Self { loses_records: false, ..self }
    }

    /// The token that says: attached to the interpreter.
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// All that the original would look up.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// Whether the caller would miss the original's log records if the native answers: not in shadow, where the control
    /// makes them.
    pub fn loses_records(&self) -> bool {
        self.loses_records
    }

    /// The object that a guard keeps under that handle.
    pub fn kept(&self, handle: &'static Handle) -> Result<Object<'py>, Stop> {
        self.snapshot.get(self.py, handle)
    }

    /// Argument `index`, of any type.
    pub fn object(&self, index: usize) -> Borrowed<'a, 'py, PyAny> {
        // SAFETY: held for 'a, says `new`.
        unsafe { Borrowed::from_ptr(self.py, self.given[index]) }
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
        number::int(&self.object(index)).or_decline()
    }

    /// Argument `index`, if it is an `int` of 64 bits, and no `bool`, or `None`.
    pub fn optional_int(&self, index: usize) -> Result<Option<i64>, Stop> {
        if self.object(index).is_none() { Ok(None) } else { self.int(index).map(Some) }
    }

    /// Argument `index`, if it is `True` or `False`.
    pub fn bool(&self, index: usize) -> Result<bool, Stop> {
        number::bool(&self.object(index)).or_decline()
    }

    /// Argument `index`, if it is a `float`.
    pub fn float(&self, index: usize) -> Option<f64> {
        number::float(&self.object(index))
    }

    /// How many entries argument `index` has now, if it is a `dict`; else none.
    pub fn dict_len(&self, index: usize) -> usize {
        self.object(index).cast_exact::<PyDict>().map_or(0, |dict| dict.len())
    }

    /// The values of argument `index`, if it is a `dict`: as they are now, held.
    pub fn dict_values(&self, index: usize) -> Result<Vec<Object<'py>>, Stop> {
        let dict = self.object(index);
        let dict = dict.cast_exact::<PyDict>().or_decline()?;
        let mut values = Vec::new();
        values.try_reserve_exact(dict.len()).or_memory_error(self.py)?;
        values.extend(dict.iter().map(|(_, value)| value));
        Ok(values)
    }

    /// A method's `self`, if it is an instance of the class under `handle`, or of a subclass that inherits all of `relied_on`
    /// from it.
    pub fn instance(
        &self,
        handle: &'static Handle,
        relied_on: &[&Bound<'py, PyString>],
    ) -> Result<Borrowed<'a, 'py, PyAny>, Stop> {
        let class = self.kept(handle)?;
        class::only_instance(&self.object(0), class.cast::<PyType>().or_decline()?, relied_on)?;
        Ok(self.object(0))
    }
}

/// A call's arguments by position.
///
/// # Safety
/// There are `count` of them, which the caller holds for `'a`.
pub unsafe fn held_arguments<'a>(arguments: *const *mut PyObject, count: usize) -> &'a [*mut PyObject] {
    // A slice of none needs an address that is one; a call without arguments may have none.
    let start = if count == 0 { std::ptr::NonNull::dangling().as_ptr() } else { arguments };
    // SAFETY: says the caller.
    unsafe { std::slice::from_raw_parts(start, count) }
}
