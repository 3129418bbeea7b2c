//! Natives of `sky.utils.config_utils`.

pub mod config_get_nested;
pub mod redact_sensitive_values;
mod tree;
