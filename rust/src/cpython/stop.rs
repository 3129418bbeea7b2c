//! The two things that a native can do with a call: answer it, or stop.

use super::Object;

/// Why a native gives no answer.
#[derive(Debug)]
pub enum Stop {
    /// The original takes the call. No exception is set, and nothing that the original would notice has happened.
    Decline,
    /// The same, since the original makes a log record that could be seen.
    Record,
    /// An exception is set, and the caller gets it.
    Raise,
    /// An exception is set since natives are required, and this one can't run. It counts as a decline.
    Refuse,
    /// An exception is set that comes once, such as a signal handler's: shadow doesn't make this call again to compare.
    Interrupt,
}

/// The outcome of a call: the native's value, or why there is none.
pub type Answer<'py> = Result<Object<'py>, Stop>;

/// Turns the absence of a value into a decline.
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
