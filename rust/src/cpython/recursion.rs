//! The interpreter's recursion limit, and how far away from it the running thread is.

use std::ffi::c_int;

use pyo3::ffi;
use pyo3::prelude::*;

use super::Answer;
use super::api::succeeded;
use super::error::Forget;

/// The beginning of CPython's `PyThreadState`, from its public header `cpython/pystate.h`.
#[cfg(not(Py_3_11))]
#[repr(C)]
struct ThreadState {
    previous_next_interpreter_frame: [*mut (); 4],
    depth: c_int,
}

/// The same, of CPython 3.11.
#[cfg(all(Py_3_11, not(Py_3_12)))]
#[repr(C)]
struct ThreadState {
    previous_next_interpreter: [*mut (); 3],
    initialized_static: [c_int; 2],
    remaining: c_int,
    limit: c_int,
}

/// The same, of CPython 3.12.
#[cfg(all(Py_3_12, not(Py_3_13)))]
#[repr(C)]
struct ThreadState {
    previous_next_interpreter: [*mut (); 3],
    status: c_int,
    remaining: c_int,
    limit: c_int,
    remaining_in_c: c_int,
}

/// The same, of CPython 3.13.
#[cfg(all(Py_3_13, not(Py_3_14)))]
#[repr(C)]
struct ThreadState {
    previous_next_interpreter_breaker: [*mut (); 4],
    status_whence_state: [c_int; 3],
    remaining: c_int,
    limit: c_int,
    remaining_in_c: c_int,
}

/// Whether the running thread may surely nest so many calls from here.
pub fn fits(py: Python<'_>, calls: usize) -> bool {
    remaining(py).is_some_and(|remaining| remaining >= calls)
}

/// Makes a call as one that is nested in one more call. Declines where that is one too many.
pub fn one_deeper<'py>(py: Python<'py>, call: impl FnOnce() -> Answer<'py>) -> Answer<'py> {
    // SAFETY: attached; where it fails it has set an exception and counted nothing, and else the call is taken back.
    succeeded(unsafe { ffi::Py_EnterRecursiveCall(c"".as_ptr()) }).or_forget(py)?;
    let answer = call();
    // SAFETY: the call from above.
    unsafe { ffi::Py_LeaveRecursiveCall() };
    answer
}

/// How many calls the running thread may nest from here before the interpreter raises RecursionError, of Python functions or
/// of C functions, whichever are fewer; `None` where it isn't certain.
#[cfg(not(Py_3_14))]
pub fn remaining(_py: Python<'_>) -> Option<usize> {
    // SAFETY: attached, so there is a thread state, and it stays where it is. Its first fields are public, and the same in all
    // releases of one minor version.
    let (state, limit) = unsafe { (&*ffi::PyThreadState_Get().cast::<ThreadState>(), ffi::Py_GetRecursionLimit()) };
    #[cfg(not(Py_3_11))]
    let remaining = limit - state.depth;
    #[cfg(Py_3_11)]
    if state.limit != limit {
        return None; // the fields are not where they were, or the limit is being changed
    }
    #[cfg(all(Py_3_11, not(Py_3_12)))]
    let remaining = state.remaining;
    #[cfg(Py_3_12)]
    let remaining = state.remaining.min(state.remaining_in_c);
    usize::try_from(remaining).ok()
}

/// The same: the fields of this version are not known here.
#[cfg(Py_3_14)]
pub fn remaining(_py: Python<'_>) -> Option<usize> {
    None
}
