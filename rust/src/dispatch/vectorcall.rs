//! CPython 3.12 and newer, 3.9 and 3.10: while a native is attached the function's `vectorcall` is ours, and the one that it
//! had takes the calls that the native declines.

use pyo3::ffi::{self, PyObject};

use super::{Attachment, Line, held_arguments};
use crate::cpython::function::Function;
use crate::cpython::{Stop, only_if};
use crate::guards::Snapshot;

fn set_vectorcall(function: &Function<'_>, vectorcall: ffi::vectorcallfunc) {
    #[cfg(Py_3_12)]
    // SAFETY: a function.
    unsafe {
        crate::cpython::api::PyFunction_SetVectorcall(function.object().as_ptr(), vectorcall)
    };
    #[cfg(not(Py_3_12))]
    // SAFETY: a public field of a function.
    unsafe {
        (*function.as_ptr()).vectorcall = Some(vectorcall)
    };
}

impl Attachment {
    /// From here on the function's calls come to [`entry`], which hands on the ones that the native declines.
    pub(super) fn take_calls(&self, function: &Function<'_>) {
        // SAFETY: a field of a function's struct.
        self.default.set(unsafe { (*function.as_ptr()).vectorcall });
        set_vectorcall(function, self.entry);
    }

    /// Gives the function the vectorcall that it had, if it still has ours.
    ///
    /// `default` stays: a call that is under way in another thread may yet decline.
    pub(super) fn give_calls_back(&self, function: &pyo3::Bound<'_, pyo3::PyAny>) {
        let Some(function) = Function::of(function) else { return };
        // SAFETY: a field of a function's struct.
        let current = unsafe { (*function.as_ptr()).vectorcall };
        let still_ours = current.is_some_and(|current| std::ptr::fn_addr_eq(current, self.entry));
        if let (true, Some(default)) = (still_ours, self.default.get()) {
            set_vectorcall(&function, default);
        }
    }
}

/// All arguments of a vectorcall, in the order of the parameters: as they are there, or completed in `all`.
///
/// # Safety
/// The interpreter's arguments, `given` of them by position; the snapshot has no obstacle, and lives longer than `all`.
#[inline(always)]
pub unsafe fn in_order<'a, L: Line, const COUNT: usize>(
    snapshot: &Snapshot,
    arguments: *const *mut PyObject,
    given: usize,
    keywords: *mut PyObject,
    all: &'a mut [*mut PyObject; COUNT],
) -> Result<&'a [*mut PyObject], Stop> {
    let by_position = L::NATIVE.parameters.positional.len();
    // SAFETY: says the caller; there is a place for each parameter.
    unsafe {
        if given == COUNT && by_position == COUNT && keywords.is_null() {
            return Ok(held_arguments(arguments, COUNT));
        }
        complete(snapshot, by_position, arguments, given, keywords, all)?;
    }
    Ok(all)
}

/// Puts arguments that are not all there by position into `all`, in the order of the parameters. Declines a call that only
/// the original can judge: one that doesn't fit, or has a keyword that isn't interned.
///
/// # Safety
/// `arguments` and `keywords` are those of a vectorcall; `all` is as long as there are parameters, `by_position` of which
/// may be given so, and null; the snapshot has no obstacle.
#[inline(always)]
unsafe fn complete(
    snapshot: &Snapshot,
    by_position: usize,
    arguments: *const *mut PyObject,
    given: usize,
    keywords: *mut PyObject,
    all: &mut [*mut PyObject],
) -> Result<(), Stop> {
    only_if(given <= by_position)?;
    let target = &snapshot.target;
    // SAFETY: a vectorcall has its positional arguments first, then one for each keyword; the names are a tuple with the
    // parameters' first; the defaults are a tuple or null. The snapshot holds these, and the defaults of keyword-only
    // parameters.
    unsafe {
        for (at, to) in all.iter_mut().enumerate() {
            if at < given {
                *to = *arguments.add(at);
            }
        }
        if !keywords.is_null() {
            for index in 0..ffi::PyTuple_GET_SIZE(keywords) {
                let keyword = ffi::PyTuple_GET_ITEM(keywords, index);
                let is_it = |at: &usize| ffi::PyTuple_GET_ITEM(target.names, *at as isize) == keyword;
                let at = (0..all.len()).find(is_it).ok_or(Stop::Decline)?;
                only_if(all[at].is_null())?;
                all[at] = *arguments.add(given + index as usize);
            }
        }
        let defaults = if target.defaults.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(target.defaults) as usize };
        for (at, to) in all.iter_mut().enumerate().filter(|(_, to)| to.is_null()) {
            if at < by_position {
                let from_end = by_position - at;
                only_if(from_end <= defaults)?;
                *to = ffi::PyTuple_GET_ITEM(target.defaults, (defaults - from_end) as isize);
            } else {
                *to = snapshot.keyword_defaults[at - by_position];
                only_if(!to.is_null())?;
            }
        }
    }
    Ok(())
}

/// The vectorcall of the function that native `L` is attached to, which has `COUNT` parameters.
///
/// # Safety
/// Called by the interpreter, as a vectorcall.
pub unsafe extern "C" fn entry<L: Line, const COUNT: usize>(
    callable: *mut PyObject,
    arguments: *const *mut PyObject,
    flags: usize,
    keywords: *mut PyObject,
) -> *mut PyObject {
    let attachment = L::attachment();
    if attachment.target.get().function == callable {
        let given = flags & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
        // SAFETY: the interpreter's arguments, which its caller holds.
        let outcome = unsafe { attachment.dispatch::<L, COUNT>(arguments, given, keywords) };
        if let Ok(value) = outcome {
            return value;
        }
    }
    match attachment.default.get() {
        // SAFETY: the vectorcall that the function had, with its own arguments.
        Some(default) => unsafe { default(callable, arguments, flags, keywords) },
        None => std::ptr::null_mut(), // a function can only call us once it was attached, which sets it
    }
}
