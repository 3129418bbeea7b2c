//! Shadow: a native's answer next to the control's outcome of the same call. The caller gets the control's.
//!
//! The control is called from here, with no frame of Python's between it and the caller, and with the caller's handled
//! exception: so its tracebacks and contexts are the original's. Then the observer compares, and its verdict is counted;
//! nothing that it returns or raises gets to the caller, but Ctrl-C and its like, which are not its own.

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::{Arguments, held_arguments};
use crate::cpython::api::{PyObject_CallFunctionObjArgs, PyObject_CallObject, finishing, owned};
use crate::cpython::error::{self, Forget};
use crate::cpython::{Object, Stop};
use crate::guards::Snapshot;

/// A control and the observer that answers are shown to. The attachment keeps both alive; null where there is no shadow.
#[derive(Clone, Copy)]
pub struct Shadow {
    /// The share of the calls that are compared, 0.0 to 1.0; the others are the original's.
    pub rate: f64,
    /// Called with the call's arguments.
    pub control: *mut PyObject,
    /// Called with the arguments, the native's value and exception, and the control's; None for what there isn't.
    pub observer: *mut PyObject,
}

/// The arguments of a call whose log records a control makes.
///
/// # Safety
/// `tuple` is a tuple.
pub unsafe fn beside_a_control<'a, 'py>(tuple: &'a Object<'py>, snapshot: &'a Snapshot) -> Arguments<'a, 'py> {
    let items: *mut ffi::PyTupleObject = tuple.as_ptr().cast();
    // SAFETY: a tuple, which holds its items, and which the caller holds.
    unsafe {
        let given = held_arguments((&raw const (*items).ob_item).cast(), ffi::Py_SIZE(items.cast()) as usize);
        Arguments::new(tuple.py(), given, snapshot).with_a_control()
    }
}

/// What an observer says of the two outcomes of one call.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// They are the same.
    Same,
    /// They differ.
    Differs,
    /// They can't be compared: something else changed meanwhile, such as a file that grew.
    Moved,
}

/// One call's two outcomes, compared.
pub struct Compared {
    /// What the observer says of them.
    pub verdict: Verdict,
    /// How long the native took.
    pub native: Duration,
    /// How long the control took.
    pub control: Duration,
}

/// One call, with everything to make it again: code that runs meanwhile may let go of the attachment's and the caller's
/// references.
pub struct Observed<'py> {
    began: Instant,
    control: Object<'py>,
    observer: Object<'py>,
    arguments: Object<'py>,
}

impl Shadow {
    /// No shadow.
    pub const NONE: Self = Self { rate: 1.0, control: null_mut(), observer: null_mut() };

    /// Whether answers are shown to an observer.
    pub fn is_on(self) -> bool {
        !self.observer.is_null()
    }

    /// Keeps a call that is to be observed, before it is answered.
    ///
    /// # Safety
    /// It is on; the two are held, and each of `arguments`.
    #[cold]
    pub unsafe fn keep<'py>(self, py: Python<'py>, arguments: &[*mut PyObject]) -> Result<Observed<'py>, Stop> {
        // SAFETY: objects that are held, says the caller; a new tuple has null items, each of which is set once.
        unsafe {
            let control = Bound::from_borrowed_ptr(py, self.control);
            let observer = Bound::from_borrowed_ptr(py, self.observer);
            let tuple = owned(py, ffi::PyTuple_New(arguments.len() as isize)).or_forget(py)?;
            for (index, &argument) in arguments.iter().enumerate() {
                let argument: Object<'py> = Bound::from_borrowed_ptr(py, argument);
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), index as isize, argument.into_ptr());
            }
            Ok(Observed { began: Instant::now(), control, observer, arguments: tuple })
        }
    }
}

impl<'py> Observed<'py> {
    /// The arguments of the call, which the native takes again: where the control makes its log records.
    pub fn again(&mut self) -> &Object<'py> {
        self.began = Instant::now();
        &self.arguments
    }

    /// Makes the control's call, and shows both outcomes to the observer.
    ///
    /// Returns the caller's outcome, and the comparison; `None` if the observer says nothing.
    ///
    /// # Safety
    /// `answer` is the native's: a reference that is ours, or null with an exception set.
    pub unsafe fn settle(self, answer: *mut PyObject) -> (*mut PyObject, Option<Compared>) {
        let py = self.arguments.py();
        let native = self.began.elapsed();
        // SAFETY: attached, and objects that are held; each pointer that is made an object is a reference of ours or null.
        unsafe {
            if answer.is_null() && ffi::PyErr_ExceptionMatches(ffi::PyExc_Exception) == 0 {
                return (answer, None);
            }
            let answer = Outcome::of(py, answer);
            let began = Instant::now();
            let control = finishing(|| PyObject_CallObject(self.control.as_ptr(), self.arguments.as_ptr()));
            let took = began.elapsed();
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
            let said = verdict.as_ref().map(|it| match it {
                it if it.is_none() => Verdict::Moved,
                it if it.as_ptr() == ffi::Py_True() => Verdict::Same,
                _ => Verdict::Differs,
            });
            let compared = said.map(|verdict| Compared { verdict, native, control: took });
            // Finalizers may run when these go: before an exception is set again.
            drop((answer, verdict, self));
            (control.given(), compared)
        }
    }
}

/// The outcome of a call: one of the two.
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
        let exception = if value.is_none() { error::take(py) } else { None };
        Self { value, exception }
    }

    /// Gives it to the caller.
    fn given(self) -> *mut PyObject {
        match (self.value, self.exception) {
            (Some(value), _) => value.into_ptr(),
            (None, Some(exception)) => {
                error::set(exception);
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
