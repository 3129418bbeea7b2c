//! `get_max_workers_for_file_mounts(common_file_mounts, cloud_str=None)`.
//!
//! Answers: a `dict` whose values are `str`, and a cloud that `get_parallel_threads` answers, while the DEBUG record at
//! the end can't be seen.
//! Declines: everything else, and a limit of less than 1024 descriptors, about which the original may have to warn.

use rustix::process::{Resource, getrlimit};

use super::estimate_fd_for_directory::{self as estimate, AN_ENTRY, descriptors, with_path};
use super::get_parallel_threads::{self, threads};
use crate::cpython::error::{OrMemoryError, raise_runtime_error};
use crate::cpython::{Answer, OrDecline, number, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::logging::{LOGGER, unseen};
use crate::effects::signals;
use crate::guards::Guard;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["common_file_mounts", "cloud_str"]),
    guards: &[GUARDS, estimate::GUARDS, get_parallel_threads::GUARDS, LOGGER],
    thresholds: &[LOW, RESERVED as u64],
    call,
};

const GUARDS: &[Guard] = &[
    Guard::builtin("min"),
    Guard::c_function("resource.getrlimit", &["resource"]),
    Guard::number("resource.RLIMIT_NOFILE", libc::RLIMIT_NOFILE as i64),
    Guard::helper("get_parallel_threads"),
];

/// The limit below which the original warns, once a process.
const LOW: u64 = 1024;

/// The descriptors left to the rest of the process.
const RESERVED: i64 = 100;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    // `None` is no limit: the original reads it as -1, which is low.
    let limit = getrlimit(Resource::Nofile).current.or_decline()?;
    only_if(limit >= LOW)?;
    let limit = i64::try_from(limit).or_decline()?;
    // All values are taken and held first: the dict may change while the directories are listed.
    let values = arguments.dict_values(0)?;
    let mut sources = Vec::new();
    sources.try_reserve_exact(values.len()).or_memory_error(py)?;
    for value in values {
        sources.push(with_path(value)?);
    }
    if arguments.loses_records() {
        unseen(py, arguments.snapshot())?;
    }
    let threads = threads(arguments, 1)?;

    let mut most = AN_ENTRY;
    for (source, path) in &sources {
        most = most.max(descriptors(py, source, path)?);
        signals::handle_signals(py)?;
        if arguments.dict_len(0) != sources.len() {
            return Err(raise_runtime_error(py, c"dictionary changed size during iteration"));
        }
    }
    number::new_int(py, ((limit - RESERVED) / most).max(1).min(threads))
}
