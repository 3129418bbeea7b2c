//! Classes, and the attributes that instances have from them: looked at without running code of theirs.

use std::ffi::{CStr, c_ulong};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::api::_PyType_Lookup;
use super::{Object, Stop, only_if};

/// The value that a class, or one of its bases, has under that name.
pub fn look_up<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> Option<Object<'py>> {
    // SAFETY: a class and a str that are held; CPython looks into dicts and runs no other code. The result is borrowed from
    // the class, and held before anything else can happen.
    unsafe { Bound::from_borrowed_ptr_or_opt(class.py(), _PyType_Lookup(class.as_type_ptr(), name.as_ptr())) }
}

/// The class's own dict.
pub fn dict_of<'py>(class: &Bound<'py, PyType>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: a class, whose dict lives as long as it; PyType_GetDict gives a new reference.
    let dict = unsafe {
        #[cfg(Py_3_12)]
        {
            Bound::from_owned_ptr_or_opt(class.py(), ffi::PyType_GetDict(class.as_type_ptr()))
        }
        #[cfg(not(Py_3_12))]
        {
            Bound::from_borrowed_ptr_or_opt(class.py(), (*class.as_type_ptr()).tp_dict)
        }
    };
    dict?.cast_into().ok()
}

/// The name in the class's struct: `module.name` for a class of a C module, the bare name for one that Python made.
pub fn c_name<'a>(class: &'a Bound<'_, PyType>) -> &'a [u8] {
    // SAFETY: a class's name is a C string that lives as long as the class.
    unsafe { CStr::from_ptr((*class.as_type_ptr()).tp_name) }.to_bytes()
}

/// Whether the class was made at run time: by Python, or by a C module that makes its classes so.
pub fn is_on_heap(class: &Bound<'_, PyType>) -> bool {
    has_feature(class, ffi::Py_TPFLAGS_HEAPTYPE)
}

/// Whether CPython lets its attributes be set: not those of a static class, nor of a C module's immutable one.
pub fn is_open(class: &Bound<'_, PyType>) -> bool {
    const IMMUTABLE: c_ulong = 1 << 8; // Py_TPFLAGS_IMMUTABLETYPE, from CPython 3.10 on; unused before
    is_on_heap(class) && !has_feature(class, IMMUTABLE)
}

fn has_feature(class: &Bound<'_, PyType>, feature: c_ulong) -> bool {
    // SAFETY: a class.
    unsafe { ffi::PyType_HasFeature(class.as_type_ptr(), feature) != 0 }
}

/// Whether attributes of the class's instances are found the ordinary way.
pub fn looks_up_plainly(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: a class, whose slots are readable for as long as it lives.
    unsafe { (*class.as_type_ptr()).tp_getattro }
        .is_some_and(|getattr| std::ptr::fn_addr_eq(getattr, ffi::PyObject_GenericGetAttr as ffi::getattrofunc))
}

/// Whether these attributes can only come from the instance's own dict: its class computes none of them.
pub fn has_plain(object: &Object<'_>, names: &[&Bound<'_, PyString>]) -> bool {
    let class = object.get_type();
    looks_up_plainly(&class) && !names.iter().any(|name| look_up(&class, name).is_some())
}

/// Declines unless `object` is an instance of `class`, or of a subclass that inherits everything in `relied_on` from it.
///
/// Attributes of the instance's own dict hide methods as well: a name in `relied_on` that is there declines too.
pub fn only_instance<'py>(
    object: &Bound<'py, PyAny>,
    class: &Bound<'py, PyType>,
    relied_on: &[&Bound<'py, PyString>],
) -> Result<(), Stop> {
    let own = object.get_type();
    if !own.is(class) {
        only_if(own.mro().iter().any(|base| base.is(class)) && looks_up_plainly(&own) == looks_up_plainly(class))?;
        for name in relied_on {
            let (inherited, expected) = (look_up(&own, name), look_up(class, name));
            only_if(match (&inherited, &expected) {
                (Some(inherited), Some(expected)) => inherited.is(expected),
                (None, None) => true,
                _ => false,
            })?;
        }
    }
    let hidden = super::object::attributes_of(object)
        .is_some_and(|own| relied_on.iter().any(|name| own.contains(name).unwrap_or(true)));
    only_if(!hidden)
}

/// Whether the object's class is one of CPython's C modules' own: a class made in Python has no module in this name.
pub fn is_of_c_module(object: &Object<'_>, modules: &[&str]) -> bool {
    let class = object.get_type();
    let name = c_name(&class);
    modules.iter().any(|module| name.strip_prefix(module.as_bytes()).is_some_and(|rest| rest.starts_with(b".")))
}
