//! Natives of `sky.utils.log_utils`.

pub mod human_duration;
