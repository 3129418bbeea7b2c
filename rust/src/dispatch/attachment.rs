//! The place of a native: the function that it is attached to, and what became of its calls.
//!
//! An attachment is a fact of the process. It outlives the Python modules of sky-rust, which may be purged and imported
//! again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::counts::{Counts, Reason};
use super::shadow::{Observed, Shadow, beside_a_control};
use super::{Arguments, Line, Native, in_order};
use crate::cpython::function::Function;
use crate::cpython::reference::Reference;
use crate::cpython::{Answer, Object, Stop, error, only_if};
use crate::guards::library::{Library, Proven};
use crate::guards::{Obstacle, Snapshot, Target, resolve};
use crate::host::chance;

/// A native, the function that it is attached to, and the counts of its calls.
pub struct Attachment {
    /// The function's name.
    pub name: &'static str,
    /// The SHA-256 of the native's sources, with everything of the crate that they use.
    pub digest: &'static str,
    /// The native.
    pub native: &'static Native,
    pub(super) entry: ffi::vectorcallfunc,
    pub(super) target: Cell<Target>,
    /// The control and the observer that answers are shown to.
    pub(super) shadow: Cell<Shadow>,
    /// References that keep all of those alive.
    held: RefCell<Vec<Reference>>,
    /// The libraries that the native was proven with.
    proven: RefCell<Proven>,
    /// Whether it is an error if the native can't answer because of a library.
    required: Cell<bool>,
    /// The vectorcall that the function had.
    #[cfg(not(code_swap))]
    pub(super) default: Cell<Option<ffi::vectorcallfunc>>,
    /// The callable that trampolines call.
    #[cfg(code_swap)]
    pub(super) callable: pyo3::sync::PyOnceLock<Py<PyAny>>,
    snapshot: RefCell<Option<Rc<Snapshot>>>,
    panic: RefCell<Option<String>>,
    counts: Counts,
}

// SAFETY: attachments are touched by attached code only, and the module keeps the GIL on (`gil_used`). No borrow of a cell
// lives across anything that could release it.
unsafe impl Sync for Attachment {}

/// The report of the last panic, until its native has it.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps a panic's report for `status()`, instead of writing it to a terminal.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|report| {
        *PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(report.to_string());
    }));
}

/// What an attachment gets beside the function.
#[derive(Default)]
pub struct Options<'py> {
    /// The control, the observer that answers are shown to, and the share of the calls that it sees.
    pub shadow: Option<(Object<'py>, Object<'py>, f64)>,
    /// The digests of libraries that the native was proven with; `None` for a native on trial.
    pub proven: Option<HashMap<String, Vec<String>>>,
    /// Whether it is an error if the native can't answer because of a library.
    pub required: bool,
}

/// A native's value, or its exception.
pub type Asked<'py> = (Option<Object<'py>>, Option<Object<'py>>);

impl Attachment {
    /// The attachment of `native`, to no function.
    pub const fn new(
        name: &'static str,
        digest: &'static str,
        native: &'static Native,
        entry: ffi::vectorcallfunc,
    ) -> Self {
        Self {
            name,
            digest,
            native,
            entry,
            target: Cell::new(Target::NONE),
            shadow: Cell::new(Shadow::NONE),
            held: RefCell::new(Vec::new()),
            proven: RefCell::new(None),
            required: Cell::new(false),
            #[cfg(not(code_swap))]
            default: Cell::new(None),
            #[cfg(code_swap)]
            callable: pyo3::sync::PyOnceLock::new(),
            snapshot: RefCell::new(None),
            panic: RefCell::new(None),
            counts: Counts::new(),
        }
    }

    /// Attaches the native to `function`, and detaches it from the one that it was attached to.
    pub fn attach<'py>(&self, object: &Bound<'py, PyAny>, options: Options<'py>) -> PyResult<()> {
        let function =
            Function::of(object).ok_or_else(|| PyTypeError::new_err("only a Python function can have a native"))?;
        let names = self.parameters_of(object)?;
        self.detach(object.py());
        let address = |object: &Option<Object<'py>>| object.as_ref().map_or(std::ptr::null_mut(), |it| it.as_ptr());
        let (code, defaults) = (function.code(), function.defaults());
        let keyword_defaults = function.keyword_defaults();
        let target = Target {
            function: object.as_ptr(),
            code: address(&code),
            defaults: address(&defaults),
            keyword_defaults: address(&keyword_defaults),
            names: names.as_ptr(),
        };
        let mut held = vec![Reference::to(object), Reference::to(&names)];
        held.extend([code, defaults, keyword_defaults].iter().flatten().map(|field| Reference::to(field)));
        if let Some((control, observer, rate)) = options.shadow {
            self.shadow.set(Shadow { rate, control: control.as_ptr(), observer: observer.as_ptr() });
            held.extend([Reference::to(&control), Reference::to(&observer)]);
        }
        self.target.set(target);
        self.required.set(options.required);
        drop(self.proven.replace(options.proven));
        drop(self.held.replace(held));
        drop(self.panic.take());
        drop(self.snapshot.take());
        #[cfg(not(code_swap))]
        self.take_calls(&function);
        Ok(())
    }

    /// Detaches the native from its function, if it is attached to one.
    pub fn detach(&self, py: Python<'_>) {
        let target = self.target.replace(Target::NONE);
        self.shadow.set(Shadow::NONE);
        if target.function.is_null() {
            return;
        }
        #[cfg(not(code_swap))]
        // SAFETY: a function that `held` keeps alive.
        self.give_calls_back(&unsafe { Bound::from_borrowed_ptr(py, target.function) });
        #[cfg(code_swap)]
        let _ = py;
        // Finalizers may run when these go: no borrow is open by then.
        let snapshot = self.snapshot.take();
        let held = self.held.take();
        drop(snapshot);
        drop(held);
    }

    /// The function's parameter names, if they are the native's.
    fn parameters_of<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        let code = function.getattr("__code__")?;
        let count = |attribute: &str| code.getattr(attribute)?.extract::<usize>();
        let (positional, keyword_only) = (count("co_argcount")?, count("co_kwonlyargcount")?);
        let names: Bound<'py, PyTuple> = code.getattr("co_varnames")?.cast_into()?;
        let own: Vec<String> =
            names.iter().take(positional + keyword_only).map(|it| it.extract()).collect::<PyResult<_>>()?;
        let is_variadic = count("co_flags")? & 0x0c != 0; // *args, **kwargs
        let parameters = self.native.parameters;
        let same = own[..positional] == *parameters.positional && own[positional..] == *parameters.keyword_only;
        if !same || is_variadic || count("co_posonlyargcount")? > 0 {
            return Err(PyValueError::new_err(format!("{}{own:?} has other parameters than its native", self.name)));
        }
        Ok(names)
    }

    /// The function that the native is attached to.
    pub fn function<'py>(&self, py: Python<'py>) -> Option<Object<'py>> {
        // SAFETY: null, or a function that `held` keeps alive.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, self.target.get().function) }
    }

    /// The code that the function had when the native was attached.
    pub fn code<'py>(&self, py: Python<'py>) -> Option<Object<'py>> {
        // SAFETY: null, or a code object that `held` keeps alive.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, self.target.get().code) }
    }

    /// The observer that answers are shown to, and the share of the calls that it sees.
    pub fn observer<'py>(&self, py: Python<'py>) -> Option<(Object<'py>, f64)> {
        let shadow = self.shadow.get();
        // SAFETY: null, or an object that `held` keeps alive.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, shadow.observer).map(|observer| (observer, shadow.rate)) }
    }

    /// The libraries that the original reaches.
    pub fn libraries(&self) -> impl Iterator<Item = &'static Library> {
        self.native.guards.iter().flat_map(|group| group.iter()).filter_map(|guard| guard.as_library())
    }

    /// Why it has to decline every call just now, if it has to.
    pub fn obstacle(&self) -> Option<Obstacle> {
        if self.target.get().function.is_null() {
            return None;
        }
        self.snapshot().obstacle.clone()
    }

    /// What became of its calls.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    #[inline]
    fn snapshot(&self) -> Rc<Snapshot> {
        if let Some(snapshot) = &*self.snapshot.borrow() {
            if snapshot.is_current() {
                return snapshot.clone();
            }
        }
        self.look_again()
    }

    #[cold]
    fn look_again(&self) -> Rc<Snapshot> {
        let changing = || Snapshot::with_obstacle(Obstacle::Changed("it changes while it is looked at".to_owned()));
        // Finalizers may run wherever something is dropped here, and may attach, detach and call.
        for _ in 0..3 {
            drop(self.snapshot.take());
            let (target, panic) = (self.target.get(), self.panic.borrow().clone());
            let memory_errors = error::forgotten_memory_errors();
            if target.function.is_null() {
                break;
            }
            let snapshot = Rc::new(match panic {
                Some(report) => Snapshot::with_obstacle(Obstacle::Changed(format!("the native panicked: {report}"))),
                None => {
                    let proven = self.proven.borrow().clone();
                    let keyword_only = self.native.parameters.keyword_only;
                    // SAFETY: attached; `held` keeps the function alive, and no other code runs while it is looked at.
                    unsafe { resolve(Python::assume_attached(), target, keyword_only, self.native.guards, &proven) }
                }
            });
            drop(self.snapshot.replace(Some(snapshot.clone())));
            if snapshot.is_current() && self.target.get() == target && error::forgotten_memory_errors() == memory_errors
            {
                return snapshot;
            }
        }
        drop(self.snapshot.take());
        Rc::new(changing())
    }

    /// Makes a call of the native `L`, which has `COUNT` parameters: gives its outcome to the caller, or declines (an `Err`).
    ///
    /// # Safety
    /// Called by the interpreter, attached, with a vectorcall's arguments: `given` by position, then one for each keyword. Its
    /// caller holds them. A trampoline gives all of them by position.
    #[inline(always)]
    pub(super) unsafe fn dispatch<L: Line, const COUNT: usize>(
        &self,
        arguments: *const *mut PyObject,
        given: usize,
        keywords: *mut PyObject,
    ) -> Result<*mut PyObject, ()> {
        // SAFETY: the interpreter calls us attached. No `Py<T>` and no `PyErr` is dropped by a native, so PyO3 needn't know.
        let py = unsafe { Python::assume_attached() };
        let mut observed = None;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // Held for the call: it keeps the defaults, which may be replaced meanwhile.
            let snapshot = self.snapshot();
            let mut all = [std::ptr::null_mut(); COUNT];
            // SAFETY: the caller holds the arguments, the snapshot the defaults, and the attachment the shadow's objects.
            unsafe {
                if let Some(obstacle) = &snapshot.obstacle {
                    return Err(self.refuse(py, obstacle));
                }
                let given = in_order::<L, COUNT>(&snapshot, arguments, given, keywords, &mut all)?;
                if self.shadow.get().is_on() {
                    observed = Some(self.observe(py, given)?);
                }
                (L::NATIVE.call)(&Arguments::new(py, given, &snapshot))
            }
        }));
        self.settle(outcome, observed)
    }

    /// A call that is to be observed, before it is answered. Declines one that is not in the share that is compared.
    ///
    /// # Safety
    /// The shadow is on, and each of `arguments` is held.
    #[cold]
    unsafe fn observe<'py>(&self, py: Python<'py>, arguments: &[*mut PyObject]) -> Result<Observed<'py>, Stop> {
        let shadow = self.shadow.get();
        if !chance::draw(shadow.rate) {
            self.counts.because(Reason::LeftOut);
            return Err(Stop::Decline);
        }
        // SAFETY: says the caller; the attachment holds the two.
        unsafe { shadow.keep(py, arguments) }
    }

    /// Declines, or raises where natives are required and a library stands in the way.
    #[cold]
    fn refuse(&self, py: Python<'_>, obstacle: &Obstacle) -> Stop {
        self.counts.because(match obstacle {
            Obstacle::Changed(_) if self.panic.borrow().is_some() => Reason::Panicked,
            Obstacle::Changed(_) => Reason::Patched,
            Obstacle::Pending(_) => Reason::Pending,
            Obstacle::Unproven(_) => Reason::Unproven,
        });
        let Obstacle::Unproven(reason) = obstacle else { return Stop::Decline };
        if !self.required.get() {
            return Stop::Decline;
        }
        let message = format!("SKY_RUST=require: {} can't run natively: {reason}", self.name);
        error::raise_import_error(py, &CString::new(message).unwrap_or_default());
        Stop::Refuse
    }

    /// Counts the outcome, and turns a panic into a decline that stays. The control settles an answer that is observed.
    #[inline(always)]
    fn settle<'py>(
        &self,
        outcome: std::thread::Result<Answer<'py>>,
        observed: Option<Observed<'py>>,
    ) -> Result<*mut PyObject, ()> {
        let outcome = outcome.unwrap_or_else(|_| {
            self.counts.because(Reason::Panicked);
            Err(self.give_up())
        });
        let (answer, comes_once) = match outcome {
            Ok(value) => (value.into_ptr(), false),
            Err(Stop::Raise) => (std::ptr::null_mut(), false),
            Err(Stop::Interrupt) => (std::ptr::null_mut(), true),
            Err(Stop::Decline) => {
                self.counts.declined();
                return Err(());
            }
            Err(Stop::Record) => return self.leave_record(observed),
            Err(Stop::Refuse) => {
                self.counts.declined();
                return Ok(std::ptr::null_mut());
            }
        };
        self.counts.answered();
        match observed.filter(|_| !comes_once) {
            None => Ok(answer),
            Some(observed) => Ok(self.compare(answer, observed)),
        }
    }

    /// Declines, since a log record could be seen. In shadow the control makes that record: so the native answers all the
    /// same, and is compared.
    #[cold]
    fn leave_record(&self, observed: Option<Observed<'_>>) -> Result<*mut PyObject, ()> {
        self.counts.declined();
        self.counts.because(Reason::Record);
        let mut observed = observed.ok_or(())?;
        // SAFETY: an observed call's arguments are a tuple, with one for each parameter.
        match unsafe { self.ask_beside_a_control(observed.again()) } {
            Ok(answer) => Ok(self.compare(answer.into_ptr(), observed)),
            Err(Stop::Raise) => Ok(self.compare(std::ptr::null_mut(), observed)),
            Err(Stop::Interrupt) => Ok(std::ptr::null_mut()),
            Err(Stop::Decline | Stop::Record | Stop::Refuse) => Err(()),
        }
    }

    /// The native's outcome for a tuple of arguments, one for each parameter in their order: its value or its exception.
    /// `None` where it declines, or is attached to nothing. It counts nowhere.
    pub fn ask<'py>(&self, arguments: &Bound<'py, PyTuple>) -> PyResult<Option<Asked<'py>>> {
        let parameters = self.native.parameters;
        let count = parameters.positional.len() + parameters.keyword_only.len();
        if arguments.len() != count || self.target.get().function.is_null() {
            return Ok(None);
        }
        // SAFETY: a tuple, with one for each parameter.
        match unsafe { self.ask_beside_a_control(arguments.as_any()) } {
            Ok(value) => Ok(Some((Some(value), None))),
            Err(Stop::Raise) => Ok(Some((None, error::take(arguments.py())))),
            Err(Stop::Interrupt) => Err(PyErr::fetch(arguments.py())),
            Err(Stop::Decline | Stop::Record | Stop::Refuse) => Ok(None),
        }
    }

    /// # Safety
    /// `arguments` is a tuple with one for each parameter, in their order.
    unsafe fn ask_beside_a_control<'py>(&self, arguments: &Object<'py>) -> Answer<'py> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let snapshot = self.snapshot();
            only_if(snapshot.obstacle.is_none())?;
            // SAFETY: says the caller.
            (self.native.call)(&unsafe { beside_a_control(arguments, &snapshot) })
        }));
        outcome.unwrap_or_else(|_| Err(self.give_up()))
    }

    /// A panic: the native is off from now on, and its report is the reason.
    #[cold]
    fn give_up(&self) -> Stop {
        let report = PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        // SAFETY: attached: a panic without the GIL takes it back on its way.
        error::clear(unsafe { Python::assume_attached() });
        self.panic.replace(Some(report.unwrap_or_default()));
        drop(self.snapshot.take()); // the next one says why it declines
        Stop::Decline
    }

    /// Shows the native's answer and the control's to the observer: the control's is the caller's.
    #[cold]
    fn compare(&self, answer: *mut PyObject, observed: Observed<'_>) -> *mut PyObject {
        // SAFETY: the native's answer, which is ours, or null with its exception set.
        let (outcome, compared) = unsafe { observed.settle(answer) };
        if let Some(compared) = compared {
            self.counts.compared(&compared);
        }
        outcome
    }
}
