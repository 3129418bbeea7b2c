//! Objects of any kind: their attributes and items, and calls of them.

use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::api::{PyObject_CallFunctionObjArgs, PyObject_VectorcallMethod, finishing, owned, succeeded};
use super::error::{self, Forget};
use super::number::int;
use super::{Object, OrDecline, Stop};

/// `object.name`.
pub fn attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Result<Object<'py>, Stop> {
    // SAFETY: two objects that we hold; the result is a new reference.
    unsafe { owned(object.py(), ffi::PyObject_GetAttr(object.as_ptr(), name.as_ptr())) }
}

/// `object.name = value`
pub fn set_attribute(object: &Object<'_>, name: &Bound<'_, PyString>, value: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: three objects that we hold.
    if unsafe { ffi::PyObject_SetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) } < 0 {
        return Err(Stop::Raise);
    }
    Ok(())
}

/// The dict with an object's own attributes, if it has one.
pub fn attributes_of<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: an object that we hold; the result is a new reference, or null with an exception.
    let dict = unsafe { ffi::PyObject_GenericGetDict(object.as_ptr(), null_mut()) };
    if dict.is_null() {
        error::clear(object.py());
        return None;
    }
    // SAFETY: the new reference.
    unsafe { Bound::from_owned_ptr(object.py(), dict) }.cast_into().ok()
}

/// The attribute of that name in an object's own dict: never one that a class computes.
#[inline]
pub fn own_attribute<'py>(object: &Object<'py>, name: &Bound<'py, PyString>) -> Result<Object<'py>, Stop> {
    let py = object.py();
    // SAFETY: an object that we hold. The attributes' dict is a new reference, and the value is held before that goes; a dict
    // with str keys runs no other code.
    unsafe {
        let own = owned(py, ffi::PyObject_GenericGetDict(object.as_ptr(), null_mut())).or_forget(py)?;
        let value = ffi::PyDict_GetItemWithError(own.as_ptr(), name.as_ptr());
        Bound::from_borrowed_ptr_or_opt(py, value).or_decline()
    }
}

/// `dict.get(key)`, for a `key` that is a `str` or `bytes`.
pub fn item<'py>(dict: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>) -> Result<Option<Object<'py>>, Stop> {
    let py = dict.py();
    // SAFETY: a dict and a key that we hold; the result is borrowed, and held before anything else can happen.
    unsafe {
        let value = ffi::PyDict_GetItemWithError(dict.as_ptr(), key.as_ptr());
        if value.is_null() && !ffi::PyErr_Occurred().is_null() {
            return Err(Stop::Raise).or_forget(py);
        }
        Ok(Bound::from_borrowed_ptr_or_opt(py, value))
    }
}

/// `callable()`.
pub fn call<'py>(callable: &Object<'py>) -> Result<Object<'py>, Stop> {
    // SAFETY: an object that we hold; the result is a new reference.
    unsafe {
        let call = || PyObject_CallFunctionObjArgs(callable.as_ptr(), null_mut::<ffi::PyObject>());
        owned(callable.py(), finishing(call))
    }
}

/// `callable(argument)`.
pub fn call_with<'py>(callable: &Object<'py>, argument: &Object<'py>) -> Result<Object<'py>, Stop> {
    // SAFETY: as above; null ends the arguments.
    unsafe {
        let call = || PyObject_CallFunctionObjArgs(callable.as_ptr(), argument.as_ptr(), null_mut::<ffi::PyObject>());
        owned(callable.py(), finishing(call))
    }
}

/// `object.name(argument)`.
pub fn call_method_with<'py>(
    object: &Object<'py>,
    name: &Bound<'py, PyString>,
    argument: &Object<'py>,
) -> Result<Object<'py>, Stop> {
    let arguments = [object.as_ptr(), argument.as_ptr()];
    // SAFETY: objects that we hold, as many as it says; the result is a new reference.
    unsafe {
        let call = || {
            PyObject_VectorcallMethod(name.as_ptr(), arguments.as_ptr(), arguments.len(), null_mut::<ffi::PyObject>())
        };
        owned(object.py(), finishing(call))
    }
}

/// A `list` of `length` items, the n-th of which `make` gives.
pub fn new_list<'py>(
    py: Python<'py>,
    length: usize,
    mut make: impl FnMut(usize) -> Result<Object<'py>, Stop>,
) -> Result<Object<'py>, Stop> {
    // SAFETY: a new list has null items, which its deallocation allows; each is set once, to a reference that it takes.
    // Making a str runs no foreign code, so the list is not seen before it is full.
    unsafe {
        let list = owned(py, ffi::PyList_New(length as isize))?;
        for index in 0..length {
            ffi::PyList_SET_ITEM(list.as_ptr(), index as isize, make(index)?.into_ptr());
        }
        Ok(list)
    }
}

/// The value of a `ContextVar` in the current context, or None where it isn't set.
pub fn context_value<'py>(variable: &Object<'py>) -> Result<Object<'py>, Stop> {
    let py = variable.py();
    let mut value = null_mut();
    // SAFETY: an exact ContextVar, say the guards that natives get theirs from; `value` becomes null or a new reference.
    unsafe {
        if ffi::PyContextVar_Get(variable.as_ptr(), ffi::Py_None(), &mut value) < 0 {
            return Err(Stop::Raise).or_forget(py);
        }
        owned(py, value)
    }
}

/// Sets `name` in the globals of a Python function, as a `global` statement there would, unless it is that int already.
pub fn set_global(function: &Object<'_>, name: &Bound<'_, PyString>, value: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: `function` is a Python function, whose globals are a dict that it holds; the value that is there is only
    // borrowed until it is compared.
    unsafe {
        let globals = ffi::PyFunction_GetGlobals(function.as_ptr());
        let before = ffi::PyDict_GetItemWithError(globals, name.as_ptr());
        let before = Bound::from_borrowed_ptr_or_opt(function.py(), before);
        if before.is_some_and(|before| int(&before).is_some() && int(&before) == int(value)) {
            return Ok(());
        }
        succeeded(ffi::PyDict_SetItem(globals, name.as_ptr(), value.as_ptr()))
    }
}
