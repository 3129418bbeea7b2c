//! `get_cpu_count()`.
//!
//! Answers: every call: the environment's limit if it is set; else the least of the CPUs that are online, those of the
//! calling thread's affinity, and the control group's limit.
//! Declines: a limit that is no finite number, control group files that no kernel writes, and a psutil that isn't
//! loaded yet.

use super::{CGROUP, unless_forbidden};
use crate::cpython::error::Forget;
use crate::cpython::{Answer, OrDecline, number};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::environ;
use crate::guards::{Guard, libraries};
use crate::host::{cgroup, cpus, files};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&[]),
    guards: &[GUARDS, environ::GETENV, CGROUP, PSUTIL],
    thresholds: &[files::AT_FIRST as u64],
    call,
};

const GUARDS: &[Guard] = &[
    Guard::builtin("int"),
    Guard::builtin("float"),
    Guard::builtin("hasattr"),
    Guard::builtin("len"),
    Guard::builtin("min"),
    Guard::c_function("os.sched_getaffinity", &["posix"]),
    Guard::helper("_get_cgroup_cpu_limit"),
    Guard::helper("_cpu_count"),
];

const PSUTIL: &[Guard] = &[
    Guard::function("psutil.cpu_count", "psutil"),
    Guard::function("psutil._psplatform.cpu_count_logical", "psutil._pslinux"),
    Guard::c_function("psutil._psplatform.os.sysconf", &["posix"]),
    Guard::library("psutil", &libraries::PSUTIL),
];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    if let Some(limit) = environ::get(py, arguments.snapshot(), "SKYPILOT_POD_CPU_CORE_LIMIT")? {
        let limit = number::parse_float(&limit).or_forget(py)?;
        return number::int_from_float(py, limit).or_forget(py);
    }
    let count = cpus::online().or_decline()?.min(cpus::affinity().or_decline()?);
    let limit = unless_forbidden(py, cgroup::cpu_limit().or_decline()?)?;
    number::new_int(py, limit.map_or(count, |limit| limit.min(count)))
}
