//! CPython 3.11 inlines calls of Python functions without a look at their `vectorcall`. There, `sky_rust._trampoline` puts a
//! call of [`entry`] before the original's own bytecode, which goes on when it returns the [`marker`].
//!
//! Both are classes, under a name by which `sky_rust._trampoline` knows them: so they are pickled as that name where an
//! attached function is pickled by value.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::{Attachment, Line, held_arguments};
use crate::cpython::Stop;
use crate::guards::Snapshot;

static MARKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The object that a declined call returns to the trampoline. It is made before the first trampoline is.
fn marker(py: Python<'_>) -> *mut PyObject {
    MARKER.get(py).map_or(std::ptr::null_mut(), |marker| marker.clone_ref(py).into_ptr())
}

/// A new class of that name, in the module of trampolines.
fn new_class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let namespace = pyo3::types::PyDict::new(py);
    namespace.set_item("__module__", "sky_rust._trampoline")?;
    py.get_type::<pyo3::types::PyType>().call1((name, (), namespace))
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
    marker(py)
}

impl Attachment {
    /// The callable that a trampoline calls, and the object that it returns where the native declines: one for the process's
    /// life.
    pub fn trampoline(&'static self, py: Python<'_>) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
        let marker = MARKER.get_or_try_init(py, || new_class(py, "declined").map(Bound::unbind))?;
        let callable = self.callable.get_or_try_init(py, || self.new_callable(py))?;
        Ok((callable.clone_ref(py), marker.clone_ref(py)))
    }

    /// A class whose calls are ours. A builtin function would be an event for profilers, with a frame that isn't
    /// complete; a class is none. Its name has the native's digest: in a process with another native, it is another.
    fn new_callable(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let class = new_class(py, &format!("native_{}_{}", self.name.replace('.', "_"), self.digest))?;
        // SAFETY: a class that no other code knows yet; CPython calls this field where it calls a class.
        unsafe { (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_vectorcall = Some(self.entry) };
        Ok(class.unbind())
    }
}
