//! What became of the calls of one native.

use std::cell::Cell;

/// Why a call was declined, where it isn't for the arguments, or for a world that the native doesn't know.
#[derive(Clone, Copy)]
pub enum Reason {
    /// The original makes a log record that could be seen.
    Record,
    /// A guard doesn't hold.
    Patched,
    /// The original's call imports a library, or makes something.
    Pending,
    /// A library is of a release that the native wasn't proven with.
    Unproven,
    /// The native has panicked, in this call or before.
    Panicked,
}

impl Reason {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Record, "a record could be seen"),
        (Self::Patched, "patched"),
        (Self::Pending, "what the original imports or makes is not there yet"),
        (Self::Unproven, "a library is not proven"),
        (Self::Panicked, "the native panicked"),
    ];
}

/// The counts of one native's calls.
pub struct Counts {
    answers: Cell<u64>,
    declines: Cell<u64>,
    /// How many of the declines have which of the reasons; the rest have none of them.
    reasons: [Cell<u64>; Reason::ALL.len()],
    compared: Cell<u64>,
    mismatches: Cell<u64>,
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl Counts {
    /// Of no call.
    pub const fn new() -> Self {
        Self {
            answers: Cell::new(0),
            declines: Cell::new(0),
            reasons: [const { Cell::new(0) }; Reason::ALL.len()],
            compared: Cell::new(0),
            mismatches: Cell::new(0),
        }
    }

    /// A call was answered.
    #[inline(always)]
    pub fn answered(&self) {
        count(&self.answers);
    }

    /// A call was declined.
    #[inline(always)]
    pub fn declined(&self) {
        count(&self.declines);
    }

    /// The call that is declined just now has this reason.
    #[cold]
    pub fn because(&self, reason: Reason) {
        count(&self.reasons[reason as usize]);
    }

    /// A call's two outcomes were compared.
    #[cold]
    pub fn compared(&self, same: bool) {
        count(&self.compared);
        if !same {
            count(&self.mismatches);
        }
    }

    /// Calls answered, declined, compared and found to differ so far.
    pub fn all(&self) -> (u64, u64, u64, u64) {
        (self.answers.get(), self.declines.get(), self.compared.get(), self.mismatches.get())
    }

    /// The reasons of the declines so far, each with its number.
    pub fn reasons(&self) -> Vec<(&'static str, u64)> {
        let named = Reason::ALL.map(|(reason, words)| (words, self.reasons[reason as usize].get()));
        let rest = self.declines.get() - named.iter().map(|(_, number)| number).sum::<u64>();
        [("arguments", rest)].into_iter().chain(named).filter(|(_, number)| *number > 0).collect()
    }
}
