//! Instruments for developers, in builds with the cargo feature `developer`: a user's wheel has none.
//!
//! Floors say how fast a native could be at most. Probes are natives with every kind of parameter, for tests of the
//! dispatch.

pub mod floor;
pub mod floors;
pub mod keyword_probe;
pub mod probe;
