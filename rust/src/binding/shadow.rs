//! Shadow: what a native answers, next to what the control makes of the same call. The caller gets the control's outcome.
//!
//! The control is called from here, with no frame of Python's between it and the caller, and with the caller's handled
//! exception: so its tracebacks and contexts are the original's. Then the observer compares, and its verdict is counted;
//! nothing that it returns or raises gets to the caller, but Ctrl-C and its like, which are not its own.

use std::ptr::null_mut;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::capi::{Forget, PyObject_CallFunctionObjArgs, PyObject_CallObject, finishing, owned};
use super::{Object, Stop};

/// Whom a slot's answers are shown to. The slot keeps both alive; null: nobody.
#[derive(Clone, Copy)]
pub struct Shadow {
    /// Called with the call's arguments.
    pub control: *mut PyObject,
    /// Called with the arguments, the native's value and exception, and the control's; None for what there isn't.
    pub observer: *mut PyObject,
}

/// No shadow.
pub const NOBODY: Shadow = Shadow { control: null_mut(), observer: null_mut() };

/// One call, with all that it takes to make it again: whatever runs meanwhile may let go of the slot's and the caller's.
pub struct Observed<'py> {
    control: Object<'py>,
    observer: Object<'py>,
    arguments: Object<'py>,
}

impl Shadow {
    /// A call that is to be observed, before it is answered; `None` if nobody looks.
    ///
    /// # Safety
    /// The slot holds the two, and somebody each of `arguments`.
    #[inline]
    pub unsafe fn observe<'py>(
        self,
        py: Python<'py>,
        arguments: &[*mut PyObject],
    ) -> Result<Option<Observed<'py>>, Stop> {
        if self.observer.is_null() {
            return Ok(None);
        }
        // SAFETY: handed on.
        unsafe { self.keep(py, arguments).map(Some) }
    }

    /// # Safety
    /// As for `observe`, with an observer.
    #[cold]
    unsafe fn keep<'py>(self, py: Python<'py>, arguments: &[*mut PyObject]) -> Result<Observed<'py>, Stop> {
        // SAFETY: objects that are held, says the caller; a new tuple has null items, each of which is set once.
        unsafe {
            let control = Bound::from_borrowed_ptr(py, self.control);
            let observer = Bound::from_borrowed_ptr(py, self.observer);
            let tuple = owned(py, ffi::PyTuple_New(arguments.len() as isize)).or_forget(py)?;
            for (index, &argument) in arguments.iter().enumerate() {
                let argument: Object<'py> = Bound::from_borrowed_ptr(py, argument);
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), index as isize, argument.into_ptr());
            }
            Ok(Observed { control, observer, arguments: tuple })
        }
    }
}

impl Observed<'_> {
    /// Makes the control's call, and shows both outcomes to the observer.
    ///
    /// Returns what the caller gets, and whether it is the same; `None` if nobody can say.
    ///
    /// # Safety
    /// `answer` is the native's: a reference that is ours, or null with an exception set.
    pub unsafe fn settle(self, answer: *mut PyObject) -> (*mut PyObject, Option<bool>) {
        let py = self.arguments.py();
        // SAFETY: attached, and objects that are held; each pointer that is made an object is a reference of ours or null.
        unsafe {
            if answer.is_null() && ffi::PyErr_ExceptionMatches(ffi::PyExc_Exception) == 0 {
                return (answer, None);
            }
            let answer = Outcome::of(py, answer);
            let control = finishing(|| PyObject_CallObject(self.control.as_ptr(), self.arguments.as_ptr()));
            let control = Outcome::of(py, control);
            let verdict = finishing(|| {
                PyObject_CallFunctionObjArgs(
                    self.observer.as_ptr(),
                    self.arguments.as_ptr(),
                    or_none(&answer.value),
                    or_none(&answer.exception),
                    or_none(&control.value),
                    or_none(&control.exception),
                    null_mut::<PyObject>(),
                )
            });
            let verdict = Bound::from_owned_ptr_or_opt(py, verdict);
            if verdict.is_none() {
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_Exception) == 0 {
                    return (null_mut(), None);
                }
                ffi::PyErr_WriteUnraisable(self.observer.as_ptr());
            }
            let same = verdict.as_ref().filter(|it| !it.is_none()).map(|it| it.as_ptr() == ffi::Py_True());
            // What goes here may run code of somebody's: before an exception is set again.
            drop((answer, verdict, self));
            (control.given(), same)
        }
    }
}

/// What came of a call: one of the two.
struct Outcome<'py> {
    value: Option<Object<'py>>,
    exception: Option<Object<'py>>,
}

impl<'py> Outcome<'py> {
    /// Takes a result, or the exception that is set instead.
    ///
    /// # Safety
    /// `result` is a reference that is ours, or null with an exception set.
    unsafe fn of(py: Python<'py>, result: *mut PyObject) -> Self {
        // SAFETY: says the caller.
        let value = unsafe { Bound::from_owned_ptr_or_opt(py, result) };
        let exception = if value.is_none() { taken(py) } else { None };
        Self { value, exception }
    }

    /// Gives it to whoever called.
    fn given(self) -> *mut PyObject {
        match (self.value, self.exception) {
            (Some(value), _) => value.into_ptr(),
            (None, Some(exception)) => {
                set(exception);
                null_mut()
            }
            (None, None) => null_mut(),
        }
    }
}

fn or_none(object: &Option<Object<'_>>) -> *mut PyObject {
    // SAFETY: None lives as long as the interpreter.
    object.as_ref().map_or(unsafe { ffi::Py_None() }, |object| object.as_ptr())
}

/// The exception that was set, with its traceback.
#[cfg(Py_3_12)]
fn taken(py: Python<'_>) -> Option<Object<'_>> {
    // SAFETY: attached; a reference of ours, or null.
    unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyErr_GetRaisedException()) }
}

/// Sets it again, as it was.
#[cfg(Py_3_12)]
fn set(exception: Object<'_>) {
    // SAFETY: an exception, whose reference is taken.
    unsafe { ffi::PyErr_SetRaisedException(exception.into_ptr()) }
}

/// The exception that was set, with its traceback.
#[cfg(not(Py_3_12))]
fn taken(py: Python<'_>) -> Option<Object<'_>> {
    let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
    // SAFETY: attached; three references of ours, or null.
    unsafe {
        ffi::PyErr_Fetch(&mut kind, &mut value, &mut traceback);
        ffi::PyErr_NormalizeException(&mut kind, &mut value, &mut traceback);
        if !traceback.is_null() {
            ffi::PyException_SetTraceback(value, traceback);
        }
        let value = Bound::from_owned_ptr_or_opt(py, value);
        ffi::Py_XDECREF(kind);
        ffi::Py_XDECREF(traceback);
        value
    }
}

/// Sets it again, as it was.
#[cfg(not(Py_3_12))]
fn set(exception: Object<'_>) {
    // SAFETY: an exception, whose reference is taken, as are a new one of its class and one of its traceback.
    unsafe {
        let kind = exception.get_type().into_ptr();
        let traceback = ffi::PyException_GetTraceback(exception.as_ptr());
        ffi::PyErr_Restore(kind, exception.into_ptr(), traceback);
    }
}
