//! `safe_load(stream)`.
//!
//! Answers: an exact `str` that is one document of plain YAML, or none: what [`super::parser`] and [`super::constructor`]
//! are certain about.
//! Declines: bytes and file objects, which the original reads piece by piece; several documents; every error.

use super::parser::DEEPEST;
use super::scanner::SIMPLE_KEY;
use super::source::source;
use super::{constructor, pyyaml};
use crate::cpython::Answer;
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::AT_ONCE;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["stream"]),
    guards: &[pyyaml::LOAD, pyyaml::NODES, pyyaml::LOADER],
    thresholds: &[SIMPLE_KEY as u64, DEEPEST as u64, AT_ONCE as u64],
    call,
};

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    constructor::single_document(arguments.py(), &source(arguments.text(0)?.characters())?)
}
