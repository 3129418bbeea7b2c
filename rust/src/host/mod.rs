//! The facts about the machine that natives read, without Python.

pub mod cgroup;
pub mod chance;
pub mod cpus;
pub mod files;
pub mod meminfo;
pub mod start;
