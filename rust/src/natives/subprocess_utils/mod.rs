//! Natives of `sky.utils.subprocess_utils`.

pub mod estimate_fd_for_directory;
pub mod get_max_workers_for_file_mounts;
pub mod get_parallel_threads;
pub mod is_process_alive;
