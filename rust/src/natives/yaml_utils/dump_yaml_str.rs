//! `dump_yaml_str(config)`.
//!
//! Answers: trees of `dict`, `list`, `tuple`, `str`, `int` of 64 bits, `float`, `bool` and None, 100 deep at most. A `list` is a
//! stream of documents. Collections that are in one document more than once get anchors.
//! Declines: objects of all other types (dates and bytes among them), subclasses, collections inside themselves, and a nesting
//! that may be too deep for the original where it is called.

use super::emitter::{BEST_WIDTH, Emitter, SIMPLE_KEY};
use super::pyyaml;
use super::representer::{DEEPEST, Representer};
use crate::cpython::builtin::Builtin;
use crate::cpython::{Answer, only_if, recursion, text};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::AT_ONCE;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["config"]),
    guards: &[pyyaml::NODES, pyyaml::EVENTS, pyyaml::DUMPER],
    thresholds: THRESHOLDS,
    call,
};

/// The widths, in characters, at which text is laid out another way; the sizes of buffers; and the depth.
const THRESHOLDS: &[u64] = &[BEST_WIDTH as u64, SIMPLE_KEY as u64, AT_ONCE as u64, DEEPEST as u64];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let config = arguments.object(0).to_owned();
    let mut representer = Representer::new(py);
    match Builtin::of(&config) {
        Some(Builtin::List(documents)) => documents.items().try_for_each(|it| representer.document(&it))?,
        _ => representer.document(&config)?,
    }
    only_if(recursion::fits(py, calls(representer.depth)))?;
    let mut emitter = Emitter::new(py);
    emitter.stream(&representer.nodes)?;
    text::ascii(py, &[&emitter.out])
}

/// As many calls as the original nests, or more, for a tree of that depth.
///
/// It makes three for each level to represent it, and fewer to anchor and to serialize it. Thirteen more, on CPython 3.11 to
/// 3.13, get there and write a scalar in there: sixty are enough for whatever calls SkyPilot's lazy import makes as well.
fn calls(depth: usize) -> usize {
    3 * depth + 60
}
