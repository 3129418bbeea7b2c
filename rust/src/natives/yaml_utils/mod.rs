//! Natives of `sky.utils.yaml_utils`, and the parts of YAML 1.1, as PyYAML has it, that they are made of.
//!
//! To write YAML: [`representer`] makes nodes of Python's objects, [`emitter`] writes them, with [`analysis`] and [`resolver`]
//! to decide how a scalar has to be written, and [`scalars`] to write it. [`pyyaml`] names what the originals look up.

pub mod analysis;
pub mod dump_yaml_str;
pub mod emitter;
pub mod pyyaml;
pub mod representer;
pub mod resolver;
pub mod scalars;
