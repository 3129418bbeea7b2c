//! Natives of `sky.utils.yaml_utils`, and the parts of YAML 1.1, as PyYAML has it, that they are made of.
//!
//! To write YAML: [`representer`] makes nodes of Python's objects, [`emitter`] writes them, with [`analysis`] and [`resolver`]
//! to decide how a scalar has to be written, and [`scalars`] to write it. To read YAML: [`source`] takes a text's characters,
//! [`scanner`] finds its tokens, [`parser`] tells what nodes they make, [`content`] has a scalar's characters, and
//! [`constructor`] makes objects of nodes. [`pyyaml`] names what the originals look up.

pub mod analysis;
pub mod check_no_duplicate_keys;
pub mod constructor;
pub mod content;
pub mod dump_yaml_str;
pub mod emitter;
pub mod parser;
pub mod pyyaml;
pub mod read_yaml;
pub mod read_yaml_all_str;
pub mod read_yaml_str;
pub mod representer;
pub mod resolver;
pub mod safe_load;
pub mod scalars;
pub mod scanner;
pub mod source;
