//! CPython 3.11 inlines calls of Python functions without a look at their `vectorcall`. There, `sky_rust._trampoline` puts a
//! call of [`entry`] before the original's own bytecode, which goes on when it returns the [`marker`].

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::{Attachment, Line, held_arguments};
use crate::cpython::Stop;
use crate::guards::Snapshot;

/// The object that a declined call returns to the trampoline.
pub fn marker(py: Python<'_>) -> &Py<PyAny> {
    static MARKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    MARKER.get_or_init(py, || {
        // SAFETY: `object()`: a new reference, or a panic if memory is out at import.
        unsafe {
            let object = ffi::PyObject_CallNoArgs((&raw mut ffi::PyBaseObject_Type).cast());
            Bound::from_owned_ptr(py, object).unbind()
        }
    })
}

/// The beginning of CPython 3.11's thread state, as its public header has it.
#[repr(C)]
struct ThreadState {
    _links: [*mut PyObject; 3],
    _counters: [std::ffi::c_int; 7],
    frame: *const Frame,
}

/// The beginning of its C frame.
#[repr(C)]
struct Frame {
    use_tracing: u8,
}

/// Whether a tracer or a profiler watches this thread. It would see the original return, but not begin.
fn is_traced() -> bool {
    // SAFETY: called by the interpreter: there is a thread state, and it has a frame for as long as it runs Python code.
    unsafe { (*(*ffi::PyThreadState_Get().cast::<ThreadState>()).frame).use_tracing != 0 }
}

/// All arguments of a call, in the order of the parameters: a trampoline gives them so.
///
/// # Safety
/// The trampoline's arguments.
#[inline(always)]
pub unsafe fn in_order<'a, L: Line, const COUNT: usize>(
    _snapshot: &Snapshot,
    arguments: *const *mut PyObject,
    given: usize,
    _keywords: *mut PyObject,
    _all: &'a mut [*mut PyObject; COUNT],
) -> Result<&'a [*mut PyObject], Stop> {
    // SAFETY: says the caller.
    unsafe { Ok(held_arguments(arguments, given)) }
}

/// Called by the trampoline of native `L`, with all of the original's arguments.
///
/// # Safety
/// Called by the interpreter, as a vectorcall.
pub unsafe extern "C" fn entry<L: Line, const COUNT: usize>(
    _callable: *mut PyObject,
    arguments: *const *mut PyObject,
    flags: usize,
    _keywords: *mut PyObject,
) -> *mut PyObject {
    let attachment = L::attachment();
    let count = flags & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
    if !attachment.target.get().function.is_null() && count == COUNT && !is_traced() {
        // SAFETY: `COUNT` arguments, which the caller holds.
        if let Ok(value) = unsafe { attachment.dispatch::<L, COUNT>(arguments, count, std::ptr::null_mut()) } {
            return value;
        }
    }
    // SAFETY: the interpreter calls us attached.
    let py = unsafe { Python::assume_attached() };
    marker(py).clone_ref(py).into_ptr()
}

impl Attachment {
    /// The callable that a trampoline calls: one for the process's life.
    pub fn callable(&'static self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.callable.get_or_try_init(py, || self.new_callable(py)).map(|callable| callable.clone_ref(py))
    }

    /// A class whose calls are ours. A builtin function would be an event for profilers, with a frame that isn't
    /// complete; a class is none.
    fn new_callable(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let class = py.get_type::<pyo3::types::PyType>().call1((self.name, (), pyo3::types::PyDict::new(py)))?;
        // SAFETY: a class that no other code knows yet; CPython calls this field where it calls a class.
        unsafe { (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_vectorcall = Some(self.entry) };
        Ok(class.unbind())
    }
}
