//! How a native is bound to a function, and everything unsafe that touches CPython.
//!
//! A native is safe Rust: it reads its arguments through [`Call`], and answers or stops ([`Answer`]). What makes that
//! possible lives here: [`slot`] puts natives on functions and dispatches calls to them, [`world`] knows whether what the
//! original would look up is still what it was, [`environ`], [`gates`] and [`work`] are what several natives share.
//!
//! The GIL is assumed throughout: the module declares `gil_used`, so a free-threaded build turns it back on, and every
//! `unsafe impl Sync` below stands on that.

pub mod call;
pub mod capi;
pub mod environ;
pub mod floor;
pub mod gates;
pub mod objects;
pub mod shadow;
pub mod slot;
pub mod text;
mod watch;
pub mod work;
pub mod world;

pub use call::Call;
pub use pyo3::prelude::Python;
pub use slot::{Native, Slot};
pub use text::Text;

/// A Python object.
pub type Object<'py> = pyo3::Bound<'py, pyo3::PyAny>;

/// Why a native gives no answer.
#[derive(Debug)]
pub enum Stop {
    /// The original takes the call. No exception is set, and nothing that the original would notice has happened.
    Decline,
    /// An exception is set, and the caller gets it.
    Raise,
    /// The same, but it is a signal handler's, which comes once: nobody makes this call again to compare.
    Interrupt,
}

/// What a native makes of a call.
pub type Answer<'py> = Result<Object<'py>, Stop>;

/// `None` declines.
pub trait OrDecline<T> {
    /// The value; without one, the call is declined.
    fn or_decline(self) -> Result<T, Stop>;
}

impl<T> OrDecline<T> for Option<T> {
    fn or_decline(self) -> Result<T, Stop> {
        self.ok_or(Stop::Decline)
    }
}

impl<T, E> OrDecline<T> for Result<T, E>
where
    E: std::error::Error,
{
    fn or_decline(self) -> Result<T, Stop> {
        self.map_err(|_| Stop::Decline)
    }
}

/// Declines unless `certain`.
pub fn only_if(certain: bool) -> Result<(), Stop> {
    if certain { Ok(()) } else { Err(Stop::Decline) }
}

#[cfg(target_os = "linux")]
impl From<crate::host::cgroup::Unclear> for Stop {
    fn from(_: crate::host::cgroup::Unclear) -> Self {
        Self::Decline
    }
}
