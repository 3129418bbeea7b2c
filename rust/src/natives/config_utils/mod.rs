//! Natives of `sky.utils.config_utils`.

pub mod config_get_nested;
mod tree;
