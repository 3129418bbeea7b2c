//! What became of the calls of one native.

use std::cell::Cell;

use super::shadow::{Compared, Verdict};

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
    /// Shadow compares a share of the calls, and this is none of it.
    LeftOut,
}

impl Reason {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Record, "a record could be seen"),
        (Self::Patched, "patched"),
        (Self::Pending, "what the original imports or makes is not there yet"),
        (Self::Unproven, "a library is not proven"),
        (Self::Panicked, "the native panicked"),
        (Self::LeftOut, "left out of shadow's share"),
    ];
}

/// The counts of one native's calls.
pub struct Counts {
    answers: Cell<u64>,
    declines: Cell<u64>,
    /// How many of the declines have which of the reasons; the rest have none of them.
    reasons: [Cell<u64>; Reason::ALL.len()],
    /// How many of the calls were compared, with which verdict.
    verdicts: [Cell<u64>; 3],
    /// The nanoseconds that natives and controls took for the calls that were the same.
    nanoseconds: [Cell<u64>; 2],
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
            verdicts: [const { Cell::new(0) }; 3],
            nanoseconds: [const { Cell::new(0) }; 2],
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
    pub fn compared(&self, compared: &Compared) {
        count(&self.verdicts[compared.verdict as usize]);
        if matches!(compared.verdict, Verdict::Same) {
            for (sum, took) in self.nanoseconds.iter().zip([compared.native, compared.control]) {
                sum.set(sum.get().saturating_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)));
            }
        }
    }

    /// The nanoseconds by the clock that natives took for the calls whose outcomes were the same, and that controls took.
    pub fn nanoseconds(&self) -> (u64, u64) {
        (self.nanoseconds[0].get(), self.nanoseconds[1].get())
    }

    /// Calls answered, declined, compared, found to differ, and not to be compared, so far.
    pub fn all(&self) -> (u64, u64, u64, u64, u64) {
        let said = |verdict: Verdict| self.verdicts[verdict as usize].get();
        let (differ, moved) = (said(Verdict::Differs), said(Verdict::Moved));
        (self.answers.get(), self.declines.get(), said(Verdict::Same) + differ, differ, moved)
    }

    /// The reasons of the declines so far, each with its number.
    pub fn reasons(&self) -> Vec<(&'static str, u64)> {
        let named = Reason::ALL.map(|(reason, words)| (words, self.reasons[reason as usize].get()));
        let rest = self.declines.get() - named.iter().map(|(_, number)| number).sum::<u64>();
        [("arguments", rest)].into_iter().chain(named).filter(|(_, number)| *number > 0).collect()
    }
}
