//! `read_yaml_str(yaml_str)`.
//!
//! Answers: what `safe_load` answers; a new dict for a document that is empty, or an empty list or dict.
//! Declines: what `safe_load` declines.

use super::parser::DEEPEST;
use super::scanner::SIMPLE_KEY;
use super::source::source;
use super::{constructor, pyyaml};
use crate::cpython::Answer;
use crate::cpython::builtin::Builtin;
use crate::cpython::collection::NewDict;
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::AT_ONCE;
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["yaml_str"]),
    guards: &[GUARDS, pyyaml::LOAD, pyyaml::NODES, pyyaml::LOADER],
    thresholds: &[SIMPLE_KEY as u64, DEEPEST as u64, AT_ONCE as u64],
    call,
};

const GUARDS: &[Guard] = &[Guard::c_class("io.StringIO", "_io.StringIO"), Guard::helper("safe_load")];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let document = constructor::single_document(py, &source(arguments.text(0)?.characters())?)?;
    match Builtin::of(&document) {
        Some(Builtin::None) => {}
        Some(Builtin::Dict(dict)) if dict.is_empty() => {}
        Some(Builtin::List(list)) if list.is_empty() => {}
        _ => return Ok(document),
    }
    Ok(NewDict::new(py)?.into_object())
}
