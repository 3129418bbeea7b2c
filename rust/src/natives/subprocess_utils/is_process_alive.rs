//! `is_process_alive(pid)`.
//!
//! Answers: an `int` from 1 to 2**31 - 1. To psutil, a process is alive while `/proc/<pid>/stat` is there: so are
//! zombies, and threads, which `/proc` has but doesn't list. `kill(pid, 0)` would give another answer wherever `/proc`
//! hides processes, or belongs to another PID namespace.
//! Declines: 0 and below, None, bools, and numbers too large for a PID.

use std::ffi::CString;

use rustix::io::Errno;

use crate::cpython::{Answer, OrDecline, Stop, number, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::{Catches, audit_open_own, is_let};
use crate::effects::signals;
use crate::guards::{Guard, libraries};
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native { parameters: Parameters::of(&["pid"]), guards: &[GUARDS], thresholds: &[], call };

const GUARDS: &[Guard] = &[
    Guard::one_of("psutil.PROCFS_PATH", &["/proc"]),
    Guard::class("psutil.Process", "psutil", "Process"),
    Guard::class("psutil.NoSuchProcess", "psutil", "NoSuchProcess"),
    Guard::class("psutil._psplatform.Process", "psutil._pslinux", "Process"),
    Guard::function("psutil._psplatform.get_procfs_path", "psutil._common"),
    Guard::function("psutil._psplatform.bcat", "psutil._common"),
    Guard::function("psutil._psplatform.bcat.@.cat", "psutil._common"),
    Guard::function("psutil._psplatform.bcat.@.open_binary", "psutil._common"),
    Guard::builtin("psutil._psplatform.bcat.@.open"),
    Guard::function("psutil._psplatform.os.path.exists", "genericpath"),
    Guard::c_function("psutil._psplatform.os.path.exists.@.os.stat", &["posix"]),
    Guard::library("psutil", &libraries::PSUTIL),
];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let pid = i32::try_from(arguments.int(0)?).or_decline()?;
    only_if(pid > 0)?;
    let path = CString::new(format!("/proc/{pid}/stat")).or_decline()?;
    let alive = match files::open_kernels(&path) {
        Ok(_) => true,
        Err(Errno::NOENT) => false,
        Err(_) => return Err(Stop::Decline),
    };
    // psutil opens the file twice: to find the process, and to find that it is still the same, or no zombie. Decline
    // where a hook raises an Exception, of which psutil makes something else. Signals are handled before each event, so
    // that a handler's exception goes to the caller and is not taken for a hook's.
    for _ in 0..2 {
        signals::handle_signals(arguments.py())?;
        only_if(is_let(arguments.py(), audit_open_own(arguments.py(), &path), Catches::Exception)?)?;
    }
    Ok(number::new_bool(arguments.py(), alive))
}
