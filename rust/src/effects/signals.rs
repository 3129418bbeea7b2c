//! Long work: it releases the GIL, and Ctrl-C interrupts it.

use pyo3::prelude::*;

use crate::cpython::Stop;
use crate::cpython::api::{PyErr_CheckSignals, finishing};

/// Does `work` with the GIL released, as Python's own functions release it for system calls.
pub fn released<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}

/// Lets other threads run, and then handles signals: for work that needs the GIL, between two of its steps. Nothing that the
/// work uses may be known to other threads, unless it can't change.
pub fn pause(py: Python<'_>) -> Result<(), Stop> {
    released(py, || ());
    handle_signals(py)
}

/// How many steps of long work, such as nodes of a tree, are made between two looks at signals.
pub const AT_ONCE: usize = 4096;

/// Counts the steps of long work that needs the GIL, and pauses now and then: see [`pause`].
#[derive(Default)]
pub struct Steps(usize);

impl Steps {
    /// One more step.
    pub fn step(&mut self, py: Python<'_>) -> Result<(), Stop> {
        self.0 += 1;
        if self.0 % AT_ONCE == 0 { pause(py) } else { Ok(()) }
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0
    }
}

/// Runs the handlers of signals that have come, as the interpreter does between two instructions.
///
/// Long work calls this between its steps. A handler may raise, and may call the function that is being answered.
pub fn handle_signals(_py: Python<'_>) -> Result<(), Stop> {
    // SAFETY: attached, and no exception is set: natives stop as soon as one is.
    if finishing(|| unsafe { PyErr_CheckSignals() }) == 0 { Ok(()) } else { Err(Stop::Interrupt) }
}
