//! A native's place: on which function it is, and how calls get to it.
//!
//! CPython 3.12 and newer, 3.9 and 3.10: the function's own `vectorcall` is ours while we are attached, and the one that
//! it had takes what we decline. CPython 3.11 inlines calls of Python functions without a look at that field: there,
//! `sky_rust._trampoline` puts a call of [`entry`] before the original's own bytecode, which goes on when it returns
//! the marker.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::call::{Call, MOST_PARAMETERS};
use super::shadow::{NOBODY, Observed, Shadow};
use super::world::{Own, Pin, World};
use super::{Answer, Stop};
use crate::{NATIVES, TABLE};

/// What a native's file exports.
pub struct Native {
    /// The original's parameters, all of them positional or by keyword.
    pub parameters: &'static [&'static str],
    /// What the original looks up.
    pub looks_up: &'static [&'static [Pin]],
    /// Answers a call, or declines it.
    pub call: for<'a, 'py> fn(&Call<'a, 'py>) -> Answer<'py>,
}

/// One native, and what it is attached to.
pub struct Slot {
    /// The function's name.
    pub name: &'static str,
    native: &'static Native,
    entry: ffi::vectorcallfunc,
    own: Cell<Own>,
    /// The names of the parameters, as the function's code has them: interned.
    names: Cell<[*mut PyObject; MOST_PARAMETERS]>,
    /// Whom the answers are shown to.
    shadow: Cell<Shadow>,
    /// What keeps all of those alive.
    held: RefCell<Vec<Py<PyAny>>>,
    #[cfg(not(code_swap))]
    default: Cell<Option<ffi::vectorcallfunc>>,
    #[cfg(code_swap)]
    callable: pyo3::sync::PyOnceLock<Py<PyAny>>,
    world: RefCell<Option<Rc<World>>>,
    panic: RefCell<Option<String>>,
    answers: Cell<u64>,
    declines: Cell<u64>,
    compared: Cell<u64>,
    mismatches: Cell<u64>,
}

// SAFETY: slots are touched by attached code only, and the module keeps the GIL on (`gil_used`). No borrow of a cell
// lives across anything that could release it.
unsafe impl Sync for Slot {}

/// What the last panic said, until its native has it.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps a panic's report for `status()`, instead of writing it to somebody's terminal.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|report| {
        *PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(report.to_string());
    }));
}

const NOTHING: Own = Own {
    function: std::ptr::null_mut(),
    code: std::ptr::null_mut(),
    defaults: std::ptr::null_mut(),
    kwdefaults: std::ptr::null_mut(),
};

impl Slot {
    /// The place of `native`, attached to nothing.
    pub const fn new(name: &'static str, native: &'static Native, entry: ffi::vectorcallfunc) -> Self {
        Self {
            name,
            native,
            entry,
            own: Cell::new(NOTHING),
            names: Cell::new([std::ptr::null_mut(); MOST_PARAMETERS]),
            shadow: Cell::new(NOBODY),
            held: RefCell::new(Vec::new()),
            #[cfg(not(code_swap))]
            default: Cell::new(None),
            #[cfg(code_swap)]
            callable: pyo3::sync::PyOnceLock::new(),
            world: RefCell::new(None),
            panic: RefCell::new(None),
            answers: Cell::new(0),
            declines: Cell::new(0),
            compared: Cell::new(0),
            mismatches: Cell::new(0),
        }
    }

    /// The slot of that name.
    pub fn named(name: &str) -> PyResult<&'static Self> {
        TABLE
            .iter()
            .find(|slot| slot.name == name)
            .ok_or_else(|| PyValueError::new_err(format!("there is no native {name}")))
    }

    /// Puts the native on `function`, and takes it off the one that it was on. With a control and an observer, each
    /// answer is shown to them.
    pub fn attach<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        shadow: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<()> {
        let py = function.py();
        // SAFETY: attached, an object.
        if unsafe { ffi::PyFunction_Check(function.as_ptr()) } == 0 {
            return Err(PyTypeError::new_err("only a Python function can have a native"));
        }
        let names = self.parameters_of(function)?;
        self.detach(py);
        let raw = function.as_ptr().cast::<ffi::PyFunctionObject>();
        // SAFETY: a function, whose fields we borrow; what keeps them alive is put into `held`.
        let own = unsafe {
            Own {
                function: function.as_ptr(),
                code: (*raw).func_code,
                defaults: (*raw).func_defaults,
                kwdefaults: (*raw).func_kwdefaults,
            }
        };
        let mut held = vec![function.clone().unbind(), names.clone().into_any().unbind()];
        for field in [own.code, own.defaults] {
            // SAFETY: null or an object of the function's.
            held.extend(unsafe { Bound::from_borrowed_ptr_or_opt(py, field) }.map(Bound::unbind));
        }
        let mut pointers = [std::ptr::null_mut(); MOST_PARAMETERS];
        for (to, name) in pointers.iter_mut().zip(names.iter()) {
            *to = name.as_ptr();
        }
        self.names.set(pointers);
        if let Some((control, observer)) = shadow {
            self.shadow.set(Shadow { control: control.as_ptr(), observer: observer.as_ptr() });
            held.extend([control.unbind(), observer.unbind()]);
        }
        self.own.set(own);
        drop(self.held.replace(held));
        drop(self.panic.take());
        #[cfg(not(code_swap))]
        // SAFETY: a function; from here on its calls come to `entry`, which hands on what it declines.
        unsafe {
            self.default.set((*raw).vectorcall);
            set_vectorcall(function.as_ptr(), self.entry);
        }
        Ok(())
    }

    /// Takes the native off its function, if it is on one.
    pub fn detach(&self, _py: Python<'_>) {
        let own = self.own.replace(NOTHING);
        self.shadow.set(NOBODY);
        if own.function.is_null() {
            return;
        }
        #[cfg(not(code_swap))]
        // SAFETY: a function that `held` keeps alive, and the vectorcall that it had. `default` stays: a call that is under
        // way in another thread may yet decline.
        unsafe {
            let raw = own.function.cast::<ffi::PyFunctionObject>();
            let still_ours = (*raw).vectorcall.is_some_and(|current| std::ptr::fn_addr_eq(current, self.entry));
            if let (true, Some(default)) = (still_ours, self.default.get()) {
                set_vectorcall(own.function, default);
            }
        }
        // What is dropped may run code of somebody's: no borrow is open by then.
        let world = self.world.take();
        let held = self.held.take();
        drop(world);
        drop(held);
    }

    /// The function's parameter names, if they are the native's.
    fn parameters_of<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        let code = function.getattr("__code__")?;
        let count: usize = code.getattr("co_argcount")?.extract()?;
        let names: Bound<'py, PyTuple> = code.getattr("co_varnames")?.cast_into()?;
        let own: Vec<String> = names.iter().take(count).map(|name| name.extract()).collect::<PyResult<_>>()?;
        let variadic = code.getattr("co_flags")?.extract::<u32>()? & 0x0c != 0; // *args, **kwargs
        let only = code.getattr("co_kwonlyargcount")?.extract::<usize>()?
            + code.getattr("co_posonlyargcount")?.extract::<usize>()?;
        if own != self.native.parameters || variadic || only > 0 {
            return Err(PyValueError::new_err(format!("{}{own:?} has other parameters than its native", self.name)));
        }
        Ok(names)
    }

    /// Whether it is on `function`.
    pub fn is_on(&self, function: &Bound<'_, PyAny>) -> bool {
        self.own.get().function == function.as_ptr()
    }

    /// Why it declines everything just now, if it does.
    pub fn trouble(&self) -> Option<String> {
        if self.own.get().function.is_null() {
            return None;
        }
        self.world().trouble.clone()
    }

    /// Calls answered, declined, compared and found to differ so far.
    pub fn counts(&self) -> (u64, u64, u64, u64) {
        (self.answers.get(), self.declines.get(), self.compared.get(), self.mismatches.get())
    }

    #[inline]
    fn world(&self) -> Rc<World> {
        if let Some(world) = &*self.world.borrow() {
            if world.is_current() {
                return world.clone();
            }
        }
        self.survey()
    }

    #[cold]
    fn survey(&self) -> Rc<World> {
        let world = match &*self.panic.borrow() {
            Some(report) => World::troubled(format!("the native panicked: {report}")),
            // SAFETY: attached; `held` keeps the function alive.
            None => unsafe { World::survey(self.own.get(), self.native.looks_up) },
        };
        let world = Rc::new(world);
        let old = self.world.replace(Some(world.clone()));
        drop(old);
        world
    }

    /// Asks `native`, which is the slot's own: a constant here, so that its code stands where it is called.
    ///
    /// # Safety
    /// Attached, and somebody holds each of `arguments` for the call.
    #[inline(always)]
    unsafe fn ask<'py>(&self, py: Python<'py>, native: &Native, arguments: &[*mut PyObject]) -> Answer<'py> {
        let world = self.world();
        super::only_if(world.trouble.is_none())?;
        // SAFETY: handed on; the native's parameters are as many as the arguments.
        let call = unsafe { Call::new(py, arguments, &world) };
        (native.call)(&call)
    }

    /// Counts the outcome, and turns a panic into a decline that stays. What is observed, the control settles.
    #[inline(always)]
    fn settle<'py>(
        &self,
        outcome: std::thread::Result<Answer<'py>>,
        observed: Option<Observed<'py>>,
    ) -> Result<*mut PyObject, ()> {
        let count = |counter: &Cell<u64>| counter.set(counter.get() + 1);
        let outcome = outcome.unwrap_or_else(|panic| self.give_up(panic));
        let (answer, comes_once) = match outcome {
            Ok(value) => (value.into_ptr(), false),
            Err(Stop::Raise) => (std::ptr::null_mut(), false),
            Err(Stop::Interrupt) => (std::ptr::null_mut(), true),
            Err(Stop::Decline) => {
                count(&self.declines);
                return Err(());
            }
        };
        count(&self.answers);
        match observed.filter(|_| !comes_once) {
            None => Ok(answer),
            Some(observed) => Ok(self.compare(answer, observed)),
        }
    }

    /// A panic: the native is off from now on, and its report is the reason.
    #[cold]
    fn give_up<'py>(&self, panic: Box<dyn Any + Send>) -> Answer<'py> {
        drop(panic);
        let report = PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        // SAFETY: attached: a panic without the GIL takes it back on its way.
        unsafe { ffi::PyErr_Clear() };
        self.panic.replace(Some(report.unwrap_or_default()));
        drop(self.world.take()); // the next one says why it declines
        Err(Stop::Decline)
    }

    /// Shows the native's answer and the control's to the observer: the control's is the caller's.
    #[cold]
    fn compare(&self, answer: *mut PyObject, observed: Observed<'_>) -> *mut PyObject {
        // SAFETY: the native's answer, which is ours, or null with its exception set.
        let (outcome, same) = unsafe { observed.settle(answer) };
        if let Some(same) = same {
            self.compared.set(self.compared.get() + 1);
            self.mismatches.set(self.mismatches.get() + u64::from(!same));
        }
        outcome
    }
}

/// A vectorcall's positional arguments.
///
/// # Safety
/// There are `count` of them, which the caller holds for `'a`.
pub unsafe fn held_arguments<'a>(arguments: *const *mut PyObject, count: usize) -> &'a [*mut PyObject] {
    // A slice of none needs an address that is one; a call without arguments may have none.
    let start = if count == 0 { std::ptr::NonNull::dangling().as_ptr() } else { arguments };
    // SAFETY: says the caller.
    unsafe { std::slice::from_raw_parts(start, count) }
}

#[cfg(not(code_swap))]
mod vectorcall {
    use super::*;

    /// # Safety
    /// Attached; `function` is a Python function.
    pub unsafe fn set_vectorcall(function: *mut PyObject, vectorcall: ffi::vectorcallfunc) {
        #[cfg(Py_3_12)]
        // SAFETY: its own contract.
        unsafe {
            crate::binding::capi::PyFunction_SetVectorcall(function, vectorcall)
        };
        #[cfg(not(Py_3_12))]
        // SAFETY: a public field of a function.
        unsafe {
            (*function.cast::<ffi::PyFunctionObject>()).vectorcall = Some(vectorcall)
        };
    }

    impl Slot {
        /// Puts arguments that are not all there by position into `all`, in the order of the parameters. Declines what only
        /// the original can judge: a call that doesn't fit, or a keyword that isn't interned.
        ///
        /// # Safety
        /// `arguments` and `keywords` are those of a vectorcall; `all` is as long as there are parameters, and null.
        #[inline(always)]
        unsafe fn complete(
            &self,
            own: Own,
            arguments: *const *mut PyObject,
            positional: usize,
            keywords: *mut PyObject,
            all: &mut [*mut PyObject],
        ) -> Result<(), Stop> {
            let count = all.len();
            super::super::only_if(positional <= count)?;
            // SAFETY: a vectorcall has its positional arguments first, then one for each keyword; the defaults are a tuple
            // or null; `own` is alive.
            unsafe {
                for (at, to) in all.iter_mut().enumerate() {
                    if at < positional {
                        *to = *arguments.add(at);
                    }
                }
                if !keywords.is_null() {
                    let names = self.names.get();
                    for index in 0..ffi::PyTuple_GET_SIZE(keywords) {
                        let keyword = ffi::PyTuple_GET_ITEM(keywords, index);
                        let at = names[..count].iter().position(|&name| name == keyword).ok_or(Stop::Decline)?;
                        super::super::only_if(all[at].is_null())?;
                        all[at] = *arguments.add(positional + index as usize);
                    }
                }
                let defaults = if own.defaults.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(own.defaults) as usize };
                for (at, slot) in all.iter_mut().enumerate() {
                    if slot.is_null() {
                        let from_end = count - at;
                        super::super::only_if(from_end <= defaults)?;
                        *slot = ffi::PyTuple_GET_ITEM(own.defaults, (defaults - from_end) as isize);
                    }
                }
            }
            Ok(())
        }
    }

    /// The vectorcall of the function that native `INDEX` is on.
    ///
    /// # Safety
    /// Called by the interpreter, as a vectorcall.
    pub unsafe extern "C" fn entry<const INDEX: usize>(
        callable: *mut PyObject,
        arguments: *const *mut PyObject,
        flags: usize,
        keywords: *mut PyObject,
    ) -> *mut PyObject {
        let slot = &TABLE[INDEX];
        let own = slot.own.get();
        if own.function == callable {
            // SAFETY: the interpreter calls us attached. No `Py<T>` and no `PyErr` is dropped by a native, so PyO3 needn't
            // know. The arguments are the caller's for the call; the defaults are the function's, which the caller holds,
            // and which the tuple in `held` keeps even if somebody replaces them meanwhile.
            let py = unsafe { Python::assume_attached() };
            let mut observed = None;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let native = NATIVES[INDEX];
                let count = native.parameters.len();
                let positional = flags & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
                let mut all = [std::ptr::null_mut(); MOST_PARAMETERS];
                // SAFETY: as above.
                unsafe {
                    let arguments = if positional == count && keywords.is_null() {
                        held_arguments(arguments, count)
                    } else {
                        let all = &mut all[..count];
                        slot.complete(own, arguments, positional, keywords, all)?;
                        &*all
                    };
                    observed = slot.shadow.get().observe(py, arguments)?;
                    slot.ask(py, native, arguments)
                }
            }));
            if let Ok(value) = slot.settle(outcome, observed) {
                return value;
            }
        }
        match slot.default.get() {
            // SAFETY: the vectorcall that the function had, with its own arguments.
            Some(default) => unsafe { default(callable, arguments, flags, keywords) },
            None => std::ptr::null_mut(), // a function can only call us once it was attached, which sets it
        }
    }
}

#[cfg(not(code_swap))]
pub use vectorcall::entry;
#[cfg(not(code_swap))]
use vectorcall::set_vectorcall;

#[cfg(code_swap)]
mod trampoline {
    use pyo3::sync::PyOnceLock;

    use super::*;

    /// What a declined call returns to the trampoline.
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
    fn is_traced(_py: Python<'_>) -> bool {
        // SAFETY: attached, so there is a thread state, and it has a frame for as long as it runs Python code.
        unsafe { (*(*ffi::PyThreadState_Get().cast::<ThreadState>()).frame).use_tracing != 0 }
    }

    /// What the trampoline of native `INDEX` calls, with all of the original's arguments.
    ///
    /// # Safety
    /// Called by the interpreter, as a vectorcall.
    pub unsafe extern "C" fn entry<const INDEX: usize>(
        _callable: *mut PyObject,
        arguments: *const *mut PyObject,
        flags: usize,
        _keywords: *mut PyObject,
    ) -> *mut PyObject {
        let slot = &TABLE[INDEX];
        let count = flags & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
        // SAFETY: the interpreter calls us attached; see the other `entry` for PyO3.
        let py = unsafe { Python::assume_attached() };
        if !slot.own.get().function.is_null() && count == slot.native.parameters.len() && !is_traced(py) {
            let mut observed = None;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                // SAFETY: `count` arguments, which the caller holds.
                unsafe {
                    let arguments = held_arguments(arguments, count);
                    observed = slot.shadow.get().observe(py, arguments)?;
                    slot.ask(py, NATIVES[INDEX], arguments)
                }
            }));
            if let Ok(value) = slot.settle(outcome, observed) {
                return value;
            }
        }
        marker(py).clone_ref(py).into_ptr()
    }

    impl Slot {
        /// What a trampoline calls: one for the process's life.
        pub fn callable(&'static self, py: Python<'_>) -> PyResult<Py<PyAny>> {
            self.callable.get_or_try_init(py, || self.new_callable(py)).map(|callable| callable.clone_ref(py))
        }

        /// A class whose calls are ours. A builtin function would be an event for profilers, with a frame that isn't
        /// complete; a class is none.
        fn new_callable(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
            let class = py.get_type::<pyo3::types::PyType>().call1((self.name, (), pyo3::types::PyDict::new(py)))?;
            // SAFETY: a class that nobody else knows yet; CPython calls this field where it calls a class.
            unsafe { (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_vectorcall = Some(self.entry) };
            Ok(class.unbind())
        }
    }
}

#[cfg(code_swap)]
pub use trampoline::{entry, marker};
