//! Long work: it releases the GIL, and Ctrl-C interrupts it.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::cpython::Stop;
use crate::cpython::api::{PyErr_CheckSignals, finishing};

/// Does `work` with the GIL released, as Python's own functions release it for system calls.
pub fn released<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}

/// How many steps of long work, such as nodes of a tree, are made between two looks at signals.
pub const AT_ONCE: usize = 4096;

/// How long work that needs the GIL keeps it from other threads.
///
/// CPython hands the GIL over only to a thread that has waited for its switch interval, 5 ms unless set otherwise, and so
/// has asked for it. Each release wakes one that has not: most often too late, as the GIL is taken back by then, and its wait
/// begins anew. So the next release has to come later than that interval, by the time that a thread may take to wake.
const A_TURN: Duration = Duration::from_millis(7);

/// Counts the steps of long work that needs the GIL. Now and then it handles signals, and lets other threads run.
#[derive(Default)]
pub struct Steps {
    count: usize,
    /// Since when the GIL is kept, as far as it is known: from the first look at signals on.
    kept_since: Option<Instant>,
}

impl Steps {
    /// One more step. Signal handlers and other threads may change what they know of that the work uses.
    #[inline]
    pub fn step(&mut self, py: Python<'_>) -> Result<(), Stop> {
        self.count += 1;
        if self.count % AT_ONCE == 0 { self.pause(py) } else { Ok(()) }
    }

    /// Lets other threads run if it is their turn, and then handles signals.
    #[cold]
    fn pause(&mut self, py: Python<'_>) -> Result<(), Stop> {
        if self.kept_since.get_or_insert_with(Instant::now).elapsed() >= A_TURN {
            released(py, || ());
            self.kept_since = Some(Instant::now());
        }
        handle_signals(py)
    }

    /// How many steps there were.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Runs the handlers of signals that have come, as the interpreter does between two instructions.
///
/// Long work calls this between its steps. A handler may raise, and may call the function that is being answered.
pub fn handle_signals(_py: Python<'_>) -> Result<(), Stop> {
    // SAFETY: attached, and no exception is set: natives stop as soon as one is.
    if finishing(|| unsafe { PyErr_CheckSignals() }) == 0 { Ok(()) } else { Err(Stop::Interrupt) }
}
