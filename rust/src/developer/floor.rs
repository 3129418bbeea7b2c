//! Calls of a floor from Python, at the least cost that CPython has for a call: see [`super::floors`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::cpython::api::owned;
use crate::cpython::error::raise_runtime_error;
use crate::cpython::{Answer, Object, Stop};
use crate::dispatch::held_arguments;

/// One call of a floor.
#[derive(Clone, Copy)]
pub struct Given<'a, 'py> {
    arguments: &'a [*mut PyObject],
    /// The function's answer: the floor returns it, or an equal object that it makes.
    pub answer: Borrowed<'a, 'py, PyAny>,
}

impl<'a, 'py> Given<'a, 'py> {
    /// Argument `index`, by position; declines where there is none.
    pub fn argument(&self, index: usize) -> Result<Borrowed<'a, 'py, PyAny>, Stop> {
        let &argument = self.arguments.get(index).ok_or(Stop::Decline)?;
        // SAFETY: the caller holds it for the call.
        Ok(unsafe { Borrowed::from_ptr(self.answer.py(), argument) })
    }

    /// The token of a thread that is attached to the interpreter.
    pub fn py(&self) -> Python<'py> {
        self.answer.py()
    }
}

/// A floor: takes one call and returns its answer.
pub type Floor = for<'py> fn(Given<'_, 'py>) -> Answer<'py>;

struct Held {
    floor: Floor,
    answer: Py<PyAny>,
}

// SAFETY: the definition's strings are constants, and CPython only reads them.
unsafe impl Sync for Definition {}
struct Definition(ffi::PyMethodDef);
static DEFINITION: Definition = Definition(ffi::PyMethodDef {
    ml_name: c"floor".as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: entry },
    ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
    ml_doc: std::ptr::null(),
});

/// A Python callable for a floor: each of its calls has that answer.
pub fn callable<'py>(floor: Floor, answer: &Object<'py>) -> PyResult<Object<'py>> {
    let py = answer.py();
    let held = PyCapsule::new_with_value(py, Held { floor, answer: answer.clone().unbind() }, c"sky_rust.floor")?;
    // SAFETY: the definition lives as long as the process; the callable holds the capsule.
    let callable =
        unsafe { owned(py, ffi::PyCFunction_NewEx((&raw const DEFINITION.0).cast_mut(), held.as_ptr(), null_mut())) };
    callable.map_err(|_| PyErr::fetch(py))
}

/// # Safety
/// Called by the interpreter: `held` is the capsule, and the caller holds the arguments.
unsafe extern "C" fn entry(
    held: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    _keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls us attached; the callable, which its caller holds, holds the capsule.
    let (py, held) = unsafe {
        let held = ffi::PyCapsule_GetPointer(held, c"sky_rust.floor".as_ptr()).cast::<Held>();
        (Python::assume_attached(), &*held)
    };
    // SAFETY: the interpreter's arguments.
    let arguments = unsafe { held_arguments(arguments, count as usize) };
    let given = Given { arguments, answer: held.answer.bind_borrowed(py) };
    match catch_unwind(AssertUnwindSafe(|| (held.floor)(given))) {
        Ok(Ok(answer)) => answer.into_ptr(),
        Ok(Err(Stop::Raise | Stop::Interrupt | Stop::Refuse)) => null_mut(),
        Ok(Err(Stop::Decline | Stop::Record)) | Err(_) => {
            raise_runtime_error(py, c"there is no floor under such a call");
            null_mut()
        }
    }
}
