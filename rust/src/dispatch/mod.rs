//! Gets calls of a Python function to its native: attachment, arguments, the two ways to be called, shadow.
//!
//! CPython 3.12 and newer, 3.9 and 3.10: [`vectorcall`]. CPython 3.11, which inlines calls of Python functions past that
//! field: [`trampoline`].

mod arguments;
mod attachment;
mod counts;
mod shadow;
#[cfg(code_swap)]
mod trampoline;
#[cfg(not(code_swap))]
mod vectorcall;

pub use arguments::{Arguments, held_arguments};
pub use attachment::{Asked, Attachment, Options, keep_panics};
#[cfg(code_swap)]
pub use trampoline::entry;
#[cfg(code_swap)]
use trampoline::in_order;
#[cfg(not(code_swap))]
pub use vectorcall::entry;
#[cfg(not(code_swap))]
use vectorcall::in_order;

use crate::cpython::Answer;
use crate::guards::Guard;

/// The declaration at the top of a native's file.
pub struct Native {
    /// The original's parameters.
    pub parameters: Parameters,
    /// The things that the original looks up.
    pub guards: &'static [&'static [Guard]],
    /// The sizes and numbers at which the native goes another way: every constant of its that an input can reach. The
    /// suite draws inputs just below, at, above and far beyond each.
    pub thresholds: &'static [u64],
    /// Answers a call, or declines it.
    pub call: for<'a, 'py> fn(&Arguments<'a, 'py>) -> Answer<'py>,
}

/// The names of a function's parameters. A method's `self` is the first of them.
#[derive(Clone, Copy)]
pub struct Parameters {
    /// Those that are given by position or by keyword.
    pub positional: &'static [&'static str],
    /// Those behind a `*`.
    pub keyword_only: &'static [&'static str],
}

impl Parameters {
    /// Parameters that are given by position or by keyword.
    pub const fn of(positional: &'static [&'static str]) -> Self {
        Self { positional, keyword_only: &[] }
    }

    /// The same, and others that are only given by keyword.
    pub const fn and_keyword_only(mut self, keyword_only: &'static [&'static str]) -> Self {
        self.keyword_only = keyword_only;
        self
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.positional.len() + self.keyword_only.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A native with its attachment: one line of the table. A type for each, so that a native's code stands in its own entry.
pub trait Line {
    /// The native.
    const NATIVE: Native;

    /// Its attachment.
    fn attachment() -> &'static Attachment;
}
