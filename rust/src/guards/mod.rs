//! The things that an original looks up, and whether they still are what they have to be.
//!
//! Every native declares its [`Guard`]s: the names that its original would look up, each with what the object behind it
//! *is* (a C function of that name in that module, a Python function from that module's own file), never what happened to
//! be there when it was first looked at. [`resolve`] follows all of them once and makes a [`Snapshot`], which stays valid
//! until something on the way changes ([`watch`]): a few words to compare at each call. If a guard doesn't hold, the native
//! declines until the things that it looks at change again.

mod guard;
mod identity;
mod jsonschema;
pub mod libraries;
pub mod library;
mod package;
mod pendulum;
mod resolve;
pub mod skypilot;
mod snapshot;
mod table;
mod watch;

pub use guard::{Guard, Handle};
pub use resolve::resolve;
pub use snapshot::{Obstacle, Snapshot, Target};
