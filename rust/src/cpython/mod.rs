//! Safe wrappers of CPython's C API: nothing here knows what natives, guards or SkyPilot are.
//!
//! Natives are safe Rust. Their objects are [`Object`] and [`Text`], an exception is what CPython says is pending
//! ([`Stop::Raise`]), and every `unsafe` block of these files says why it is sound.
//!
//! The GIL is assumed throughout: the module declares `gil_used`, so a free-threaded build turns it back on, and every
//! `unsafe impl Sync` of the crate stands on that.

pub mod api;
pub mod buffer;
pub mod builtin;
pub mod cache;
pub mod class;
pub mod collection;
pub mod datetime;
pub mod entry;
pub mod error;
pub mod function;
pub mod module;
pub mod number;
pub mod object;
pub mod recursion;
pub mod reference;
pub mod socket;
pub mod stop;
pub mod text;

pub use pyo3::prelude::Python;
pub use stop::{Answer, OrDecline, Stop, only_if};
pub use text::{Characters, Text};

/// A Python object that is held, and let go of by code that is attached to the interpreter.
pub type Object<'py> = pyo3::Bound<'py, pyo3::PyAny>;
