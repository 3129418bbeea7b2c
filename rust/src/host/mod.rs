//! What natives read from the machine. No Python here.

pub mod cgroup;
pub mod cpus;
pub mod files;
pub mod meminfo;
pub mod start;
