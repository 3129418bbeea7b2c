//! `is_process_alive(pid)`.
//!
//! Answers: an `int` from 1 to 2**31 - 1. A process is alive to psutil while `/proc/<pid>/stat` is there: zombies are, and
//! threads, which `/proc` doesn't list but has. `kill(pid, 0)` would be a shorter way to another answer wherever `/proc` hides
//! processes, or belongs to another PID namespace.
//! Declines: 0 and below, None, bools, and what no kernel numbers a process with.

use std::ffi::CString;

use rustix::io::Errno;

use crate::binding::gates::{Catches, audit_open_own, is_let};
use crate::binding::world::Pin;
use crate::binding::{Answer, Call, Native, OrDecline, Stop, objects, only_if, work};
use crate::common_utils::get_cpu_count::PSUTIL_VERSIONS;
use crate::host::files;

/// What the registry binds.
pub const NATIVE: Native = Native { parameters: &["pid"], looks_up: &[LOOKS_UP], call };

const LOOKS_UP: &[Pin] = &[
    Pin::one_of("psutil.__version__", PSUTIL_VERSIONS),
    Pin::one_of("psutil.PROCFS_PATH", &["/proc"]),
    Pin::class("psutil.Process", "psutil", "Process"),
    Pin::class("psutil.NoSuchProcess", "psutil", "NoSuchProcess"),
    Pin::class("psutil._psplatform.Process", "psutil._pslinux", "Process"),
    Pin::function("psutil._psplatform.get_procfs_path", "psutil._common"),
    Pin::function("psutil._psplatform.bcat", "psutil._common"),
    Pin::function("psutil._psplatform.bcat.@.cat", "psutil._common"),
    Pin::function("psutil._psplatform.bcat.@.open_binary", "psutil._common"),
    Pin::builtin("psutil._psplatform.bcat.@.open"),
    Pin::function("psutil._psplatform.os.path.exists", "genericpath"),
    Pin::c_function("psutil._psplatform.os.path.exists.@.os.stat", &["posix"]),
];

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let pid = i32::try_from(call.int(0)?).or_decline()?;
    only_if(pid > 0)?;
    let path = CString::new(format!("/proc/{pid}/stat")).or_decline()?;
    let alive = match files::open_kernels(&path) {
        Ok(_) => true,
        Err(Errno::NOENT) => false,
        Err(_) => return Err(Stop::Decline),
    };
    // psutil opens it twice: to see it, and to see that it is still the same; or that it is no zombie. What it makes of a
    // hook's exception is its own affair; Ctrl-C is not, and no handler's exception that has come by now.
    for _ in 0..2 {
        work::handle_signals(call.py())?;
        only_if(is_let(call.py(), audit_open_own(call.py(), &path), Catches::Exception)?)?;
    }
    Ok(objects::new_bool(call.py(), alive))
}
