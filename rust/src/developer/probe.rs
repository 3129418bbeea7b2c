//! A native with seven parameters, the first of which is a method's `self`: for tests of the dispatch.
//!
//! Answers: a call whose last argument is `"answer"`, with the tuple of all its arguments; `self` is an instance of the tests'
//! class `Config`, or of a subclass that doesn't override `other`.
//! Declines: every other call.

use pyo3::types::PyTuple;

use crate::cpython::{Answer, Object, OrDecline, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::{Guard, Handle};

const PARAMETERS: Parameters = Parameters::of(&[
    "self",
    "keys",
    "default_value",
    "override_configs",
    "allowed_override_keys",
    "disallowed_override_keys",
    "seventh",
]);

/// The class that the method is in.
static CONFIG: Handle = Handle::new();

const GUARDS: &[Guard] = &[Guard::class("Config", "tests.attachment.test_dispatch", "Config").kept_as(&CONFIG)];

/// The native.
pub const NATIVE: Native = Native { parameters: PARAMETERS, guards: &[GUARDS], thresholds: &[], call };

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    arguments.instance(&CONFIG, &[pyo3::intern!(arguments.py(), "other")])?;
    all_of(arguments, PARAMETERS.len())
}

/// The tuple of all arguments, if the last one is `"answer"`.
pub(super) fn all_of<'py>(arguments: &Arguments<'_, 'py>, count: usize) -> Answer<'py> {
    only_if(arguments.text(count - 1)?.ascii() == Some(b"answer"))?;
    let all: Vec<Object<'py>> = (0..count).map(|index| arguments.object(index).to_owned()).collect();
    Ok(PyTuple::new(arguments.py(), all).ok().or_decline()?.into_any())
}
