//! `redact_sensitive_values(config)`.
//!
//! Answers: `None`; a `dict`, or an instance of a subclass that is copied as a `dict` is, of what [`super::tree`] copies.
//! Declines: everything else; a nesting that may be too deep for the original where it is called; and a list of paths that
//! has something else than tuples of `str`. The list is read at each call: plugins add paths to it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::tree::{DEEPCOPY, DEEPEST, Tree, fits};
use crate::cpython::builtin::{Builtin, Dict, List};
use crate::cpython::collection::NewDict;
use crate::cpython::entry::replace;
use crate::cpython::error::OrMemoryError;
use crate::cpython::text::Name;
use crate::cpython::{Answer, Object, OrDecline, Stop, Text, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::{AT_ONCE, Steps};
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["config"]),
    guards: &[DEEPCOPY, GUARDS],
    thresholds: &[DEEPEST as u64, AT_ONCE as u64],
    call,
};

/// The list of paths.
static PATHS: Handle = Handle::new();
/// What a value is replaced with.
static REDACTED: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("dict"),
    Guard::builtin("isinstance"),
    Guard::builtin("list"),
    Guard::builtin("tuple"),
    Guard::helper("_redact_path"),
    Guard::anything("SENSITIVE_CONFIG_PATHS").kept_as(&PATHS),
    Guard::one_of("REDACTED_VALUE", &["<redacted>"]).kept_as(&REDACTED),
];

/// What `not config` and `dict(config)` look up in an instance of a subclass of `dict`.
static READING: [Name; 4] = [Name::new("__bool__"), Name::new("__iter__"), Name::new("__len__"), Name::new("keys")];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let config = arguments.object(0);
    let copy = NewDict::new(py)?;
    if config.is_none() {
        return Ok(copy.into_object());
    }
    let config = configuration(&config)?;
    if config.is_empty() {
        return Ok(copy.into_object());
    }
    let paths = arguments.kept(&PATHS)?;
    let (paths, mut keys) = (list_of(&paths)?, Vec::new());
    paths.items().try_for_each(|path| read(&path, &mut keys))?;
    let mut tree = Tree::with_copy(py);
    let count = tree.entries(config, 1)?;
    only_if(fits(py, tree.depth))?;
    tree.copy_entries(count, &copy)?;
    let copy = copy.into_object();
    let mut redaction = Redaction { py, value: arguments.kept(&REDACTED)?, steps: Steps::default() };
    // The list may have changed while the copy was made, and changes between two paths.
    for path in paths.items() {
        read(&path, &mut keys)?;
        redaction.along(&copy, &keys)?;
    }
    Ok(copy)
}

/// A configuration whose entries `dict(config)` gets as a `dict` has them.
fn configuration<'a, 'py>(config: &'a Object<'py>) -> Result<Dict<'a, 'py>, Stop> {
    let dict = Dict::of(config).or_decline()?;
    if !config.is_exact_instance_of::<PyDict>() {
        dict.inherits(&READING)?;
    }
    Ok(dict)
}

fn list_of<'a, 'py>(paths: &'a Object<'py>) -> Result<List<'a, 'py>, Stop> {
    match Builtin::of(paths) {
        Some(Builtin::List(paths)) => Ok(paths),
        _ => Err(Stop::Decline),
    }
}

/// Makes `keys` those of a path. Declines a path that is no tuple of `str`.
fn read<'py>(path: &Object<'py>, keys: &mut Vec<Bound<'py, PyString>>) -> Result<(), Stop> {
    let Some(Builtin::Tuple(items)) = Builtin::of(path) else { return Err(Stop::Decline) };
    keys.clear();
    keys.try_reserve(items.len()).or_memory_error(path.py())?;
    for key in items.items() {
        keys.push(key.cast_into_exact().or_decline()?);
    }
    Ok(())
}

/// Replaces values in a copy, which no other code knows.
struct Redaction<'py> {
    py: Python<'py>,
    /// What a value is replaced with.
    value: Object<'py>,
    /// The places that were looked at.
    steps: Steps,
}

impl<'py> Redaction<'py> {
    /// Along the rest of a path, from a node on. There are as many calls at once as collections in each other.
    fn along(&mut self, node: &Object<'py>, path: &[Bound<'py, PyString>]) -> Result<(), Stop> {
        let Some((key, rest)) = path.split_first() else { return Ok(()) };
        self.steps.step(self.py)?;
        if Text::exact(key.as_any().as_borrowed()).and_then(Text::ascii) == Some(b"*") {
            if rest.is_empty() {
                return Ok(()); // a value is replaced under a key: the original replaces nothing either
            }
            return self.children(node)?.iter().try_for_each(|child| self.along(child, rest));
        }
        let Some(Builtin::Dict(dict)) = Builtin::of(node) else { return Ok(()) };
        match dict.get(key)? {
            Some(value) if !rest.is_empty() => self.along(&value, rest),
            Some(value) if !value.is_none() => replace(node, key, &self.value),
            _ => Ok(()),
        }
    }

    /// The values of a dict, or the items of a list or tuple: held, since signals are handled between two of them.
    fn children(&self, node: &Object<'py>) -> Result<Vec<Object<'py>>, Stop> {
        let mut children = Vec::new();
        let mut reserve = |count| children.try_reserve_exact(count).or_memory_error(self.py);
        match Builtin::of(node) {
            Some(Builtin::Dict(dict)) => {
                reserve(dict.len())?;
                children.extend(dict.entries().map(|(_, value)| value));
            }
            Some(Builtin::List(list)) => {
                reserve(list.len())?;
                children.extend(list.items());
            }
            Some(Builtin::Tuple(tuple)) => {
                reserve(tuple.len())?;
                children.extend(tuple.items());
            }
            _ => {}
        }
        Ok(children)
    }
}
