//! `get_parallel_threads(cloud_str=None)`.
//!
//! Answers: None, or a `str` in ASCII.
//! Declines: other strings, since some of their characters are ASCII letters in lower case; a machine that can't count its CPUs.

use crate::binding::world::{Keep, Pin};
use crate::binding::{Answer, Call, Native, OrDecline, Stop, objects};

/// What the registry binds.
pub const NATIVE: Native = Native { parameters: &["cloud_str"], looks_up: &[LOOKS_UP], call };

/// What the original looks up, and who calls it.
pub const LOOKS_UP: &[Pin] = &[
    Pin::builtin("max"),
    Pin::c_function("os.cpu_count", &["posix"]).kept(Keep::CpuCount),
    Pin::helper("_get_thread_multiplier"),
];

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    objects::new_int(call.py(), threads(call, 0)?)
}

/// The number of threads for the cloud in argument `index`.
pub fn threads(call: &Call<'_, '_>, index: usize) -> Result<i64, Stop> {
    let multiplier = match call.optional_text(index)? {
        None => 1,
        Some(cloud) if cloud.ascii().or_decline()?.eq_ignore_ascii_case(b"kubernetes") => 4,
        Some(_) => 1,
    };
    // CPython's own function knows what `-X cpu_count` says.
    let cpus = objects::int(&objects::call(&call.world.kept(call.py(), Keep::CpuCount)?)?).or_decline()?;
    Ok((cpus - 1).max(4) * multiplier)
}
