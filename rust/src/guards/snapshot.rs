//! All that an original would look up, as it was when it was last looked at.

use std::ptr::null_mut;

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::Handle;
use super::watch::{self, Key, Word};
use crate::cpython::error::Forget;
use crate::cpython::function::Function;
use crate::cpython::object::{attributes_of, item};
use crate::cpython::reference::Reference;
use crate::cpython::text::interned;
use crate::cpython::{Object, OrDecline, Stop};

/// The function that a native is attached to, with the fields that it had then. The attachment holds them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The function.
    pub function: *mut PyObject,
    /// Its `__code__`.
    pub code: *mut PyObject,
    /// Its `__defaults__`, or null.
    pub defaults: *mut PyObject,
    /// Its `__kwdefaults__`, or null.
    pub keyword_defaults: *mut PyObject,
    /// The names of its parameters, in the order of its code: a tuple.
    pub names: *mut PyObject,
}

impl Target {
    /// No function.
    pub const NONE: Self = Self {
        function: null_mut(),
        code: null_mut(),
        defaults: null_mut(),
        keyword_defaults: null_mut(),
        names: null_mut(),
    };
}

/// Why a native has to decline every call.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// A guard doesn't hold, until the thing that it looks at changes again: it was patched, say.
    Changed(String),
    /// SkyPilot hasn't imported something yet. The call that imports it is the original's.
    Pending(String),
    /// A library is of a release that the native wasn't proven with.
    Unproven(String),
}

impl Obstacle {
    /// The reason in words.
    pub fn reason(&self) -> &str {
        match self {
            Self::Changed(reason) | Self::Pending(reason) | Self::Unproven(reason) => reason,
        }
    }
}

/// All that an original would look up, as it was when it was last looked at.
pub struct Snapshot {
    epoch: u64,
    words: Vec<Word>,
    /// References that keep every word readable.
    held: Vec<Reference>,
    kept: Vec<(*const Handle, Reference)>,
    /// The function that it is for. The snapshot holds everything in it.
    pub target: Target,
    /// The defaults of its keyword-only parameters, in their order; null where there is none. The snapshot holds them.
    pub keyword_defaults: Vec<*mut PyObject>,
    /// Why the native has to decline, if it has to.
    pub obstacle: Option<Obstacle>,
}

impl Snapshot {
    /// An empty one, to be filled, as of now.
    pub(super) fn begin() -> Self {
        Self {
            epoch: watch::epoch(),
            words: Vec::new(),
            held: Vec::new(),
            kept: Vec::new(),
            target: Target::NONE,
            keyword_defaults: Vec::new(),
            obstacle: None,
        }
    }

    /// One in which the native has to decline, whatever there is to look up.
    pub fn with_obstacle(obstacle: Obstacle) -> Self {
        Self { obstacle: Some(obstacle), ..Self::begin() }
    }

    /// Whether nothing has changed since.
    pub fn is_current(&self) -> bool {
        self.epoch == watch::epoch() && self.words.iter().all(Word::holds)
    }

    /// The object that a guard keeps under that handle; declines if there is none.
    pub fn get<'py>(&self, py: Python<'py>, handle: &'static Handle) -> Result<Object<'py>, Stop> {
        let found = self.kept.iter().find(|(kept, _)| std::ptr::eq(*kept, handle));
        found.map(|(_, object)| object.bind(py)).or_decline()
    }

    /// Keeps an object under a handle.
    pub(super) fn keep(&mut self, handle: &'static Handle, object: &Object<'_>) {
        self.kept.retain(|(kept, _)| !std::ptr::eq(*kept, handle));
        self.kept.push((handle, Reference::to(object)));
    }

    /// Holds an object for as long as the snapshot is there.
    pub(super) fn hold(&mut self, object: &Bound<'_, PyAny>) {
        self.held.push(Reference::to(object));
    }

    /// `dict[key]`, which is watched from now on.
    pub(super) fn look<'py>(&mut self, dict: &Bound<'py, PyDict>, key: &str) -> Result<Option<Object<'py>>, String> {
        let key = interned(dict.py(), key).or_forget(dict.py()).map_err(|_| "out of memory".to_owned())?;
        self.hold(dict);
        watch::watch(dict, Key::One(&key), &mut self.words)?;
        item(dict, &key).map_err(|_| "out of memory".to_owned())
    }

    /// All of a dict's entries, which are watched from now on.
    pub(super) fn look_at_all<'py>(
        &mut self,
        dict: &Bound<'py, PyDict>,
    ) -> Result<Vec<(Object<'py>, Object<'py>)>, String> {
        self.hold(dict);
        watch::watch(dict, Key::Any, &mut self.words)?;
        Ok(dict.iter().collect())
    }

    /// The same, of the dict with an object's own attributes.
    pub(super) fn look_at_attributes<'py>(&mut self, object: &Object<'py>) -> Result<Bound<'py, PyDict>, String> {
        let own = attributes_of(object).ok_or("has no attributes of its own")?;
        self.hold(&own);
        watch::watch(&own, Key::Any, &mut self.words)?;
        // CPython 3.13 (3.13.0, seen) calls no watcher when an attribute is stored in the object's inline values, but
        // counts it: an attribute that hides a method is one more.
        // SAFETY: a field of the dict, which is held.
        self.words
            .push(unsafe { Word::now((&raw const (*own.as_ptr().cast::<pyo3::ffi::PyDictObject>()).ma_used).cast()) });
        Ok(own)
    }

    /// All of a list's items, which are watched from now on.
    pub(super) fn look_at_items<'py>(&mut self, list: &Bound<'py, PyList>) -> Vec<Object<'py>> {
        self.hold(list);
        let items: Vec<_> = list.iter().collect();
        let raw = list.as_ptr().cast::<pyo3::ffi::PyListObject>();
        // SAFETY: fields of the list, which is held. `is_current` compares words in their order, and reads those in the list's
        // memory only where the two before them have not changed: then that memory is the list's, and has so many items.
        unsafe {
            self.words.push(Word::now((&raw const (*raw).ob_base.ob_size).cast()));
            self.words.push(Word::now((&raw const (*raw).ob_item).cast()));
            for (at, item) in items.iter().enumerate() {
                self.hold(item);
                self.words.push(Word::now((*raw).ob_item.add(at).cast()));
            }
        }
        items
    }

    /// Watches the object's class, which can be assigned.
    pub(super) fn watch_class_of(&mut self, object: &Object<'_>) {
        // SAFETY: an object, whose head is readable while it is held.
        let at: *const usize = unsafe { (&raw const (*object.as_ptr()).ob_type).cast() };
        if !self.words.iter().any(|word| word.is_at(at)) {
            self.hold(object);
            // SAFETY: as above.
            self.words.push(unsafe { Word::now(at) });
        }
    }

    /// Watches a function's code and defaults, which can be assigned.
    pub(super) fn watch_function(&mut self, function: &Function<'_>) {
        let raw = function.as_ptr();
        // SAFETY: fields of the function's struct, which is held below.
        let code: *const usize = unsafe { (&raw const (*raw).func_code).cast() };
        if self.words.iter().any(|word| word.is_at(code)) {
            return;
        }
        self.hold(function.object());
        // SAFETY: as above.
        unsafe {
            self.words.push(Word::now(code));
            self.words.push(Word::now((&raw const (*raw).func_defaults).cast()));
        }
        // To a function without such parameters, their defaults mean nothing.
        if function.has_keyword_only() {
            self.watch_keyword_defaults(function);
        }
    }

    /// Watches the defaults of a function's keyword-only parameters, which can be assigned also where it has none. The
    /// snapshot holds the function.
    pub(super) fn watch_keyword_defaults(&mut self, function: &Function<'_>) {
        // SAFETY: a field of the function's struct, which is held.
        self.words.push(unsafe { Word::now((&raw const (*function.as_ptr()).func_kwdefaults).cast()) });
    }
}
