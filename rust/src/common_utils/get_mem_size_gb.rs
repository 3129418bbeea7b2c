//! `get_mem_size_gb()`.
//!
//! Answers: from the environment's limits, if they are numbers; else from `/proc/meminfo` and the control group's limit.
//! Declines: a limit that is no number, a `/proc/meminfo` about which psutil warns, control group files that no kernel
//! writes, and a psutil that isn't loaded yet.

use super::get_cpu_count::{CGROUP, PSUTIL_VERSIONS, unless_forbidden};
use crate::binding::capi::Forget;
use crate::binding::gates::audit_open_own;
use crate::binding::world::{Keep, Pin};
use crate::binding::{Answer, Call, Native, OrDecline, environ, objects};
use crate::host::{cgroup, meminfo};

/// What the registry binds.
pub const NATIVE: Native = Native { parameters: &[], looks_up: &[LOOKS_UP, environ::LOOKS_UP, CGROUP, PSUTIL], call };

const LOOKS_UP: &[Pin] = &[
    Pin::builtin("int"),
    Pin::builtin("float"),
    Pin::builtin("min"),
    Pin::helper("_get_cgroup_memory_limit"),
    Pin::helper("_mem_size_gb"),
];

const PSUTIL: &[Pin] = &[
    Pin::one_of("psutil.__version__", PSUTIL_VERSIONS),
    Pin::one_of("psutil.PROCFS_PATH", &["/proc"]),
    Pin::function("psutil.virtual_memory", "psutil").kept(Keep::Psutil),
    Pin::function("psutil._psplatform.virtual_memory", "psutil._pslinux"),
    Pin::function("psutil._psplatform.get_procfs_path", "psutil._common"),
    Pin::function("psutil._psplatform.open_binary", "psutil._common"),
    Pin::builtin("psutil._psplatform.open_binary.@.open"),
];

const GIB: f64 = (1_u64 << 30) as f64;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    for (name, unit) in [("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.0), ("SKYPILOT_POD_MEMORY_BYTES_LIMIT", GIB)] {
        if let Some(limit) = environ::get(py, call.world, name)? {
            return objects::new_float(py, objects::parse_float(&limit).or_forget(py)? / unit);
        }
    }
    let total = meminfo::total().or_decline()?;
    let limit = cgroup::memory_limit()?;
    let kept = objects::new_int(py, i64::try_from(total).or_decline()?)?;
    audit_open_own(py, meminfo::PATH)?;
    // psutil keeps the total for Process.memory_percent().
    objects::set_global(&call.world.kept(py, Keep::Psutil)?, pyo3::intern!(py, "_TOTAL_PHYMEM"), &kept)?;
    let limit = unless_forbidden(py, limit)?;
    objects::new_float(py, limit.map_or(total, |limit| limit.min(total)) as f64 / GIB)
}
