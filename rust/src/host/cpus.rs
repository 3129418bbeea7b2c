//! The number of CPUs.

/// The number of CPUs that are online, by `sysconf`, which CPython and psutil call as well. `None` where it fails.
pub fn online() -> Option<i64> {
    // SAFETY: no arguments but a constant, and no memory of ours.
    let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    (count > 0).then_some(count as i64)
}

/// The number of CPUs that the calling thread may run on. `None` where the kernel's set is larger than the C library's.
pub fn affinity() -> Option<i64> {
    rustix::thread::sched_getaffinity(None).ok().map(|set| i64::from(set.count()))
}
