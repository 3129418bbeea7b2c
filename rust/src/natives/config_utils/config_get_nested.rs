//! `Config.get_nested(self, keys, default_value, override_configs=None, allowed_override_keys=None,
//! disallowed_override_keys=None)`.
//!
//! Answers: a `Config` of what [`super::tree`] copies, a `tuple` or `list` of `str` keys, and no overrides, for which the
//! two lists of keys don't count.
//! Declines: overrides; an instance of a subclass of `Config`, or one with attributes of its own, which the original copies;
//! and a nesting that may be too deep for the original where it is called.

use pyo3::prelude::*;

use super::tree::{DEEPCOPY, DEEPEST, Tree, fits};
use crate::cpython::builtin::{Builtin, Dict};
use crate::cpython::collection::NewDict;
use crate::cpython::object::attributes_of;
use crate::cpython::{Answer, Object, OrDecline, Stop, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::AT_ONCE;
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&[
        "self",
        "keys",
        "default_value",
        "override_configs",
        "allowed_override_keys",
        "disallowed_override_keys",
    ]),
    guards: &[DEEPCOPY, GUARDS],
    thresholds: &[DEEPEST as u64, AT_ONCE as u64],
    call,
};

/// The class `Config`.
static CONFIG: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("dict"),
    Guard::builtin("enumerate"),
    Guard::builtin("isinstance"),
    Guard::builtin("len"),
    Guard::helper("_get_nested"),
    Guard::helper_class("Config").kept_as(&CONFIG),
    Guard::unregistered("copy.deepcopy.@._deepcopy_dispatch", &CONFIG),
    Guard::unregistered("copy.deepcopy.@.dispatch_table", &CONFIG),
    // `object.__reduce_ex__` puts the list there when a first instance is copied.
    Guard::table("Config.__slotnames__", "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945")
        .once_there(),
];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    only_if(arguments.object(3).is_none())?;
    let (config, class) = (arguments.object(0), arguments.kept(&CONFIG)?);
    let root = Dict::of(&config).or_decline()?;
    only_if(config.get_type().is(&class) && attributes_of(&config).is_none_or(|own| own.is_empty()))?;
    let mut all = Tree::without_copy(py);
    all.entries(root, 1)?;
    only_if(fits(py, all.depth))?;
    match found(root, &arguments.object(1))? {
        Found::Nothing => Ok(arguments.object(2).to_owned()),
        Found::Root => {
            let mut wanted = Tree::with_copy(py);
            let count = wanted.entries(root, 1)?;
            let copy = NewDict::instance(&class)?;
            wanted.copy_entries(count, &copy)?;
            Ok(copy.into_object())
        }
        Found::Inside(object) => {
            let mut wanted = Tree::with_copy(py);
            wanted.node(object, 1)?;
            wanted.copy()
        }
    }
}

/// What keys lead to.
enum Found<'py> {
    /// Nothing.
    Nothing,
    /// All of the configuration: there is no key.
    Root,
    /// Something inside it.
    Inside(Object<'py>),
}

/// What a sequence of keys leads to. Declines other keys than `str`.
fn found<'py>(root: Dict<'_, 'py>, keys: &Object<'py>) -> Result<Found<'py>, Stop> {
    match Builtin::of(keys).or_decline()? {
        Builtin::Tuple(keys) => follow(root, keys.items()),
        Builtin::List(keys) => follow(root, keys.items()),
        _ => Err(Stop::Decline),
    }
}

fn follow<'py>(root: Dict<'_, 'py>, keys: impl Iterator<Item = Object<'py>>) -> Result<Found<'py>, Stop> {
    let mut found = Found::Root;
    for key in keys {
        let value = match (&found, Builtin::of(&key).or_decline()?) {
            (Found::Root, Builtin::Str(key)) => root.get(key)?,
            (Found::Inside(object), Builtin::Str(key)) => match Builtin::of(object) {
                Some(Builtin::Dict(dict)) => dict.get(key)?,
                _ => None,
            },
            (Found::Nothing, Builtin::Str(_)) => None,
            _ => return Err(Stop::Decline),
        };
        found = value.map_or(Found::Nothing, Found::Inside);
    }
    Ok(found)
}
