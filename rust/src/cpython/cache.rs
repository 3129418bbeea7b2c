//! `functools.lru_cache`: the function inside, and what it keeps.

use std::ffi::{c_int, c_void};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::class::c_name;
use super::function::Function;
use super::object::attributes_of;
use super::{Object, error};

/// The parts of an `lru_cache` with a bound.
pub struct Cache<'py> {
    /// The function whose results it keeps.
    pub function: Function<'py>,
    /// From arguments to results: changes as soon as a result is kept or dropped.
    pub entries: Bound<'py, PyDict>,
    /// The objects that it holds, the results among them.
    pub held: Vec<Object<'py>>,
}

impl<'py> Cache<'py> {
    /// `object`, if it is what `functools.lru_cache` makes of a Python function.
    pub fn of(object: &Object<'py>) -> Option<Self> {
        if c_name(&object.get_type()) != b"functools._lru_cache_wrapper" {
            return None;
        }
        let held = held_by(object);
        let attributes = attributes_of(object)?;
        let mut dicts = held.iter().filter_map(|it| it.cast_exact::<PyDict>().ok()).filter(|it| !it.is(&attributes));
        let (entries, None) = (dicts.next()?.clone(), dicts.next()) else { return None };
        let mut functions = held.iter().filter_map(Function::of);
        let (function, None) = (functions.next()?, functions.next()) else { return None };
        Some(Self { function, entries, held })
    }
}

/// The objects that an object holds, as the garbage collector sees them.
fn held_by<'py>(object: &Object<'py>) -> Vec<Object<'py>> {
    unsafe extern "C" fn visit(one: *mut PyObject, found: *mut c_void) -> c_int {
        // SAFETY: `found` is the vector below. The object is alive: the one that is traversed holds it.
        unsafe {
            ffi::Py_INCREF(one);
            (*found.cast::<Vec<*mut PyObject>>()).push(one);
        }
        0
    }
    let mut found: Vec<*mut PyObject> = Vec::new();
    // SAFETY: an object, and its class's own function, as `gc.get_referents` calls it: no Python code runs. Each reference
    // that `visit` made is ours.
    unsafe {
        if let Some(traverse) = (*ffi::Py_TYPE(object.as_ptr())).tp_traverse {
            traverse(object.as_ptr(), visit, (&raw mut found).cast());
        }
    }
    error::clear(object.py());
    // SAFETY: as above.
    found.into_iter().map(|one| unsafe { Bound::from_owned_ptr(object.py(), one) }).collect()
}
