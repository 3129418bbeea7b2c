//! Entries of dicts, which are given another value.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::api::succeeded;
use super::{Object, OrDecline, Stop};

/// `dict[key] = value`, in a `dict` that has the key already, which stays where it is. All keys are of built-in types, so
/// that no Python code hashes or compares one. Declines an object that is no `dict`.
pub fn replace<'py>(dict: &Object<'py>, key: &Bound<'py, PyString>, value: &Object<'py>) -> Result<(), Stop> {
    let dict = dict.cast_exact::<PyDict>().or_decline()?;
    // SAFETY: a dict and two objects that we hold; the dict takes references of its own, and gives that to the old value back.
    succeeded(unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) })
}
