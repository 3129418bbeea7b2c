//! `get_parallel_threads(cloud_str=None)`.
//!
//! Answers: None, or a `str` in ASCII.
//! Declines: other strings, since `str.lower` makes ASCII letters of some other characters; a machine on which
//! `os.cpu_count` returns None.

use crate::cpython::{Answer, OrDecline, Stop, number, object};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native =
    Native { parameters: Parameters::of(&["cloud_str"]), guards: &[GUARDS], thresholds: &[], call };

/// `os.cpu_count`.
static CPU_COUNT: Handle = Handle::new();

/// The names that the original looks up, and those that its callers among the originals look up through it.
pub const GUARDS: &[Guard] = &[
    Guard::builtin("max"),
    Guard::c_function("os.cpu_count", &["posix"]).kept_as(&CPU_COUNT),
    Guard::helper("_get_thread_multiplier"),
];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    number::new_int(arguments.py(), threads(arguments, 0)?)
}

/// The number of threads for the cloud in argument `index`.
pub fn threads(arguments: &Arguments<'_, '_>, index: usize) -> Result<i64, Stop> {
    let multiplier = match arguments.optional_text(index)? {
        None => 1,
        Some(cloud) if cloud.ascii().or_decline()?.eq_ignore_ascii_case(b"kubernetes") => 4,
        Some(_) => 1,
    };
    // CPython's own function is called because it obeys `-X cpu_count`.
    let cpus = number::int(&object::call(&arguments.kept(&CPU_COUNT)?)?).or_decline()?;
    Ok((cpus - 1).max(4) * multiplier)
}
