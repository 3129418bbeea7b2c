//! A native with keyword-only parameters, for tests of the dispatch.
//!
//! Answers and declines as [`super::probe`] does.

use super::probe::all_of;
use crate::cpython::Answer;
use crate::dispatch::{Arguments, Native, Parameters};

const PARAMETERS: Parameters = Parameters::of(&["first", "second"]).and_keyword_only(&["third", "fourth"]);

/// The native.
pub const NATIVE: Native = Native { parameters: PARAMETERS, guards: &[], thresholds: &[], call };

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    all_of(arguments, PARAMETERS.len())
}
