//! The effects of a call beside its result: each is either made as the original makes it, or the call is declined.

pub mod audit;
pub mod environ;
pub mod logging;
pub mod signals;
