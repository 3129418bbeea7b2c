//! `get_cpu_count()`.
//!
//! Answers: from the environment's limit, if it is a number; else from the CPUs that are online, the calling thread's
//! affinity, and the control group's limit.
//! Declines: a limit that is no finite number, control group files that no kernel writes, and a psutil that isn't loaded
//! yet.

use crate::binding::capi::Forget;
use crate::binding::gates::{Catches, audit_open_own, is_let};
use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, OrDecline, Python, Stop, environ, objects};
use crate::host::{cgroup, cpus};

/// What the registry binds.
pub const NATIVE: Native = Native { parameters: &[], looks_up: &[LOOKS_UP, environ::LOOKS_UP, CGROUP, PSUTIL], call };

const LOOKS_UP: &[Pin] = &[
    Pin::builtin("int"),
    Pin::builtin("float"),
    Pin::builtin("hasattr"),
    Pin::builtin("len"),
    Pin::builtin("min"),
    Pin::c_function("os.sched_getaffinity", &["posix"]),
    Pin::helper("_get_cgroup_cpu_limit"),
    Pin::helper("_cpu_count"),
];

/// What the readers of the control group look up.
pub const CGROUP: &[Pin] = &[
    Pin::helper("_is_cgroup_v2"),
    Pin::builtin("open"),
    Pin::builtin("OSError"),
    Pin::builtin("ValueError"),
    Pin::function("os.path.isfile", "genericpath"),
    Pin::c_function("os.path.isfile.@.os.stat", &["posix"]),
    Pin::c_function("os.path.isfile.@.stat.S_ISREG", &["_stat"]),
];

const PSUTIL: &[Pin] = &[
    Pin::one_of("psutil.__version__", PSUTIL_VERSIONS),
    Pin::function("psutil.cpu_count", "psutil"),
    Pin::function("psutil._psplatform.cpu_count_logical", "psutil._pslinux"),
    Pin::c_function("psutil._psplatform.os.sysconf", &["posix"]),
];

/// The releases of psutil whose functions were read, and compared with.
pub const PSUTIL_VERSIONS: &[&str] = &["7.2.2"];

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    if let Some(limit) = environ::get(py, call.world, "SKYPILOT_POD_CPU_CORE_LIMIT")? {
        let limit = objects::parse_float(&limit).or_forget(py)?;
        return objects::int_from_float(py, limit).or_forget(py);
    }
    let count = cpus::online().or_decline()?.min(cpus::affinity().or_decline()?);
    let limit = unless_forbidden(py, cgroup::cpu_limit()?)?;
    objects::new_int(py, limit.map_or(count, |limit| limit.min(count)))
}

/// Raises the events of opening control group files, as both limits' readers do: what they catch means no limit.
pub fn unless_forbidden<T>(py: Python<'_>, limit: cgroup::Limit<T>) -> Result<Option<T>, Stop> {
    for path in limit.files {
        if !is_let(py, audit_open_own(py, path), Catches::OsOrValueError)? {
            return Ok(None);
        }
    }
    Ok(limit.value)
}
