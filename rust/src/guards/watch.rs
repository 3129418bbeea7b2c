//! Whether a dict has changed since it was looked at: known at call time without looking again.
//!
//! CPython 3.12 and newer tell us: a watched dict calls back before it changes, and the callback moves [`epoch`] on if the
//! key is one that a native depends on. Before 3.12 every dict has a version tag that changes with it (PEP 509): one
//! word to compare.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// A machine word that has to stay as it was: a field of an object that the snapshot holds.
pub struct Word {
    at: *const usize,
    was: usize,
}

impl Word {
    /// # Safety
    /// `at` can be read for as long as this word is.
    pub unsafe fn now(at: *const usize) -> Self {
        // SAFETY: readable, says the caller.
        Self { at, was: unsafe { at.read() } }
    }

    /// Whether it is the word at that address.
    pub fn is_at(&self, at: *const usize) -> bool {
        self.at == at
    }

    /// Whether it is as it was.
    pub fn holds(&self) -> bool {
        // SAFETY: readable, said the code that made it.
        unsafe { self.at.read() == self.was }
    }
}

/// The entries of a dict that matter. (Before 3.12 the tag is the whole dict's.)
#[cfg_attr(not(Py_3_12), allow(dead_code))]
#[derive(Clone, Copy)]
pub enum Key<'a, 'py> {
    /// One, by its name.
    One(&'a Bound<'py, PyString>),
    /// All of them.
    Any,
}

#[cfg(Py_3_12)]
mod imp {
    use std::collections::HashMap;
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Mutex, OnceLock};

    use pyo3::ffi::{self, PyObject};

    use super::*;
    use crate::cpython::api::PyDict_AddWatcher;

    static EPOCH: AtomicU64 = AtomicU64::new(1);

    /// The watched dicts by address, each until it is deallocated, with the hashes of the keys that matter; `None`: any.
    static WATCHED: Mutex<Option<HashMap<usize, Option<Vec<isize>>>>> = Mutex::new(None);
    static WATCHER: OnceLock<c_int> = OnceLock::new();

    pub fn epoch() -> u64 {
        EPOCH.load(Ordering::Relaxed)
    }

    /// CPython's PyDict_EVENT_DEALLOCATED.
    const DEALLOCATED: c_int = 5;

    unsafe extern "C" fn changes(event: c_int, dict: *mut PyObject, key: *mut PyObject, _new: *mut PyObject) -> c_int {
        let mut watched = WATCHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(watched) = watched.as_mut() else { return 0 };
        if event == DEALLOCATED {
            watched.remove(&(dict as usize)); // the address may be another dict's soon
            return 0;
        }
        let keys = watched.get(&(dict as usize));
        // Other keys than strings count as ours, and so does none: the whole dict is cleared.
        // SAFETY: called by the interpreter, so attached; an exact str hashes without running other code.
        let hash = unsafe { (!key.is_null() && ffi::PyUnicode_CheckExact(key) != 0).then(|| ffi::PyObject_Hash(key)) };
        let ours = match (keys, hash) {
            (Some(Some(hashes)), Some(hash)) => hashes.contains(&hash),
            (keys, _) => keys.is_some(),
        };
        if ours {
            EPOCH.fetch_add(1, Ordering::Relaxed);
        }
        0
    }

    /// Has the epoch move on when `dict` changes under `key`. The snapshot that asks has to hold `dict`.
    pub fn watch(dict: &Bound<'_, PyDict>, key: Key<'_, '_>, _words: &mut Vec<Word>) -> Result<(), String> {
        // SAFETY: attached. Ids are few (8 an interpreter), so one serves all of our dicts, for the process's life.
        let id = *WATCHER.get_or_init(|| unsafe { PyDict_AddWatcher(changes) });
        if id < 0 {
            crate::cpython::error::clear(dict.py());
            return Err("no dict watcher is free in this interpreter".to_owned());
        }
        let hash = match key {
            // SAFETY: an exact str, whose hash can't fail.
            Key::One(key) => Some(unsafe { ffi::PyObject_Hash(key.as_ptr()) }),
            Key::Any => None,
        };
        let mut watched = WATCHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let watched = watched.get_or_insert_default();
        if !watched.contains_key(&(dict.as_ptr() as usize)) {
            // SAFETY: a dict, and a watcher's id.
            unsafe { ffi::PyDict_Watch(id, dict.as_ptr()) };
        }
        let keys = watched.entry(dict.as_ptr() as usize).or_insert_with(|| Some(Vec::new()));
        match (hash, keys) {
            (None, keys) => *keys = None,
            (Some(hash), Some(hashes)) if !hashes.contains(&hash) => hashes.push(hash),
            (Some(_), _) => {}
        }
        Ok(())
    }
}

#[cfg(not(Py_3_12))]
mod imp {
    use super::*;

    /// Versions are compared word by word: the epoch never moves.
    pub fn epoch() -> u64 {
        0
    }

    /// Adds the version of `dict` to `words`. The snapshot that asks has to hold `dict`.
    pub fn watch(dict: &Bound<'_, PyDict>, _key: Key<'_, '_>, words: &mut Vec<Word>) -> Result<(), String> {
        // SAFETY: a dict; the tag is one machine word on every platform that natives run on, and readable for as long as the
        // snapshot holds the dict.
        let tag = unsafe { &raw const (*dict.as_ptr().cast::<pyo3::ffi::PyDictObject>()).ma_version_tag };
        if !words.iter().any(|word| word.is_at(tag.cast())) {
            // SAFETY: as above.
            words.push(unsafe { Word::now(tag.cast()) });
        }
        Ok(())
    }
}

pub use imp::{epoch, watch};
