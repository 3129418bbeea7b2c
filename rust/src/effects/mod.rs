//! The effects of a call beside its result: a native makes each one as the original does, or declines the call.

pub mod audit;
pub mod environ;
pub mod logging;
pub mod signals;
