//! New dicts, lists and tuples.

use pyo3::ffi;
use pyo3::prelude::*;

use super::api::{owned, succeeded};
use super::{Object, Stop, object};

/// A new `dict`, or instance of a subclass, which no other code knows yet.
pub struct NewDict<'py>(Object<'py>);

impl<'py> NewDict<'py> {
    /// An empty one.
    pub fn new(py: Python<'py>) -> Result<Self, Stop> {
        // SAFETY: attached; the result is a new reference.
        unsafe { owned(py, ffi::PyDict_New()) }.map(Self)
    }

    /// An empty instance of a subclass that leaves all to `dict`.
    pub fn instance(class: &Object<'py>) -> Result<Self, Stop> {
        object::call(class).map(Self)
    }

    /// `dict[key] = value`: a key that is there already stays the same object, in its place. `key` is of a built-in type, so
    /// that no Python code hashes or compares it.
    pub fn set(&self, key: &Object<'py>, value: &Object<'py>) -> Result<(), Stop> {
        // SAFETY: a dict and two objects that we hold; the dict takes references of its own.
        succeeded(unsafe { ffi::PyDict_SetItem(self.0.as_ptr(), key.as_ptr(), value.as_ptr()) })
    }

    /// The dict itself.
    pub fn into_object(self) -> Object<'py> {
        self.0
    }
}

/// A new `list` of these items.
pub fn list<'py>(py: Python<'py>, items: Vec<Object<'py>>) -> Result<Object<'py>, Stop> {
    // SAFETY: attached; the result is a new reference. Each of its places, which are empty, gets a reference that we owned;
    // no code sees the list before.
    unsafe {
        let list = owned(py, ffi::PyList_New(items.len() as isize))?;
        for (at, item) in items.into_iter().enumerate() {
            ffi::PyList_SET_ITEM(list.as_ptr(), at as isize, item.into_ptr());
        }
        Ok(list)
    }
}

/// A new `tuple` of these items.
pub fn tuple<'py>(py: Python<'py>, items: Vec<Object<'py>>) -> Result<Object<'py>, Stop> {
    // SAFETY: as above, of a tuple.
    unsafe {
        let tuple = owned(py, ffi::PyTuple_New(items.len() as isize))?;
        for (at, item) in items.into_iter().enumerate() {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), at as isize, item.into_ptr());
        }
        Ok(tuple)
    }
}
