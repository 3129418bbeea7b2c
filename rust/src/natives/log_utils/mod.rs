//! Natives of `sky.utils.log_utils`.

mod calendar;
pub mod human_duration;
mod pendulum;
pub mod readable_time_duration;
