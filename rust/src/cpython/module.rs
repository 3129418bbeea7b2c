//! Modules, found without importing any: an import may run code that Python has put in its way.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use super::{Object, error};

/// The attributes of `builtins`.
pub fn builtins(py: Python<'_>) -> Option<Bound<'_, PyDict>> {
    // SAFETY: attached; the module is borrowed from `sys.modules`, and its dict from it, which is held at once.
    let dict = unsafe {
        let module = ffi::PyImport_AddModule(c"builtins".as_ptr());
        let dict = if module.is_null() { module } else { ffi::PyModule_GetDict(module) };
        Bound::from_borrowed_ptr_or_opt(py, dict)
    };
    error::clear(py);
    dict?.cast_into().ok()
}

/// `sys.modules`.
pub fn imported(py: Python<'_>) -> Option<Bound<'_, PyDict>> {
    // SAFETY: attached; borrowed from the interpreter, and held at once.
    let modules = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyImport_GetModuleDict()) };
    modules?.cast_into().ok()
}

/// `object`, if it is a module, and no instance of a subclass.
pub fn exact<'py>(object: &Object<'py>) -> Option<Bound<'py, PyModule>> {
    object.clone().cast_into_exact().ok()
}
