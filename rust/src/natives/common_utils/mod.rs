//! Natives of `sky.utils.common_utils`, and the guards and effects that several of them share.

pub mod base36_encode;
pub mod find_free_port;
pub mod format_float;
pub mod get_cpu_count;
pub mod get_mem_size_gb;
pub mod hash_file;
pub mod read_last_n_lines;
pub mod truncate_long_string;
pub mod validate_schema;

use crate::cpython::{Python, Stop};
use crate::effects::audit::{Catches, audit_open_own, is_let};
use crate::guards::Guard;
use crate::host::cgroup;

/// The names that the readers of the control group look up.
pub const CGROUP: &[Guard] = &[
    Guard::helper("_is_cgroup_v2"),
    Guard::builtin("open"),
    Guard::builtin("OSError"),
    Guard::builtin("ValueError"),
    Guard::function("os.path.isfile", "genericpath"),
    Guard::c_function("os.path.isfile.@.os.stat", &["posix"]),
    Guard::c_function("os.path.isfile.@.stat.S_ISREG", &["_stat"]),
    Guard::builtin("os.path.isfile.@.OSError"),
    Guard::builtin("os.path.isfile.@.ValueError"),
];

/// The limit, once the events of opening its files are raised. There is none where a hook forbids one of them by an
/// exception that the original catches: it then goes on without a limit.
pub fn unless_forbidden<T>(py: Python<'_>, limit: cgroup::Limit<T>) -> Result<Option<T>, Stop> {
    for path in limit.files {
        if !is_let(py, audit_open_own(py, path), Catches::OsOrValueError)? {
            return Ok(None);
        }
    }
    Ok(limit.value)
}
