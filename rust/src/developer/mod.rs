//! Instruments of developers: the cargo feature `developer` has them in, a user's wheel doesn't.
//!
//! Floors say how fast a native could be at most; probes show how calls get to a native, whatever its parameters are.

pub mod floor;
pub mod floors;
pub mod keyword_probe;
pub mod probe;
