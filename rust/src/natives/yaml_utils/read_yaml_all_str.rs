//! `read_yaml_all_str(yaml_str)`.
//!
//! Answers: an exact `str` of plain YAML, with any number of documents: what [`super::parser`] and [`super::constructor`] are
//! certain about.
//! Declines: every error, and what those decline.

use super::parser::DEEPEST;
use super::scanner::SIMPLE_KEY;
use super::source::source;
use super::{constructor, pyyaml};
use crate::cpython::Answer;
use crate::cpython::collection::{NewDict, list};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::AT_ONCE;
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["yaml_str"]),
    guards: &[GUARDS, pyyaml::LOAD_ALL, pyyaml::NODES, pyyaml::LOADER],
    thresholds: &[SIMPLE_KEY as u64, DEEPEST as u64, AT_ONCE as u64],
    call,
};

const GUARDS: &[Guard] =
    &[Guard::builtin("list"), Guard::c_class("io.StringIO", "_io.StringIO"), Guard::helper("safe_load_all")];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let mut documents = constructor::documents(py, &source(arguments.text(0)?.characters())?)?;
    if documents.is_empty() {
        documents.push(NewDict::new(py)?.into_object());
    }
    list(py, documents)
}
