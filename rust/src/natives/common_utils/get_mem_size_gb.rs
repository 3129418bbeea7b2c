//! `get_mem_size_gb()`.
//!
//! Answers: every call: the environment's limit if one is set; else the lesser of the total in `/proc/meminfo` and the
//! control group's limit.
//! Declines: a limit that is no number, a `/proc/meminfo` about which psutil warns, control group files that no kernel
//! writes, and a psutil that isn't loaded yet.

use super::{CGROUP, unless_forbidden};
use crate::cpython::error::Forget;
use crate::cpython::text::name;
use crate::cpython::{Answer, OrDecline, number, object};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::audit_open_own;
use crate::effects::environ;
use crate::guards::{Guard, Handle, libraries};
use crate::host::{cgroup, files, meminfo};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&[]),
    guards: &[GUARDS, environ::GETENV, CGROUP, PSUTIL],
    thresholds: &[files::AT_FIRST as u64],
    call,
};

/// `psutil.virtual_memory`, a function of the module psutil.
static VIRTUAL_MEMORY: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("int"),
    Guard::builtin("float"),
    Guard::builtin("min"),
    Guard::helper("_get_cgroup_memory_limit"),
    Guard::helper("_mem_size_gb"),
];

const PSUTIL: &[Guard] = &[
    Guard::one_of("psutil.PROCFS_PATH", &["/proc"]),
    Guard::function("psutil.virtual_memory", "psutil").kept_as(&VIRTUAL_MEMORY),
    Guard::function("psutil._psplatform.virtual_memory", "psutil._pslinux"),
    Guard::function("psutil._psplatform.get_procfs_path", "psutil._common"),
    Guard::function("psutil._psplatform.open_binary", "psutil._common"),
    Guard::builtin("psutil._psplatform.open_binary.@.open"),
    Guard::library("psutil", &libraries::PSUTIL),
];

const GIB: f64 = (1_u64 << 30) as f64;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    for (name, unit) in [("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.0), ("SKYPILOT_POD_MEMORY_BYTES_LIMIT", GIB)] {
        if let Some(limit) = environ::get(py, arguments.snapshot(), name)? {
            return number::new_float(py, number::parse_float(&limit).or_forget(py)? / unit);
        }
    }
    let total = meminfo::total().or_decline()?;
    let limit = cgroup::memory_limit().or_decline()?;
    let kept = number::new_int(py, i64::try_from(total).or_decline()?)?;
    audit_open_own(py, meminfo::PATH)?;
    // psutil keeps the total in a global, for `Process.memory_percent()`.
    object::set_global(&arguments.kept(&VIRTUAL_MEMORY)?, name!(py, "_TOTAL_PHYMEM"), &kept)?;
    let limit = unless_forbidden(py, limit)?;
    number::new_float(py, limit.map_or(total, |limit| limit.min(total)) as f64 / GIB)
}
