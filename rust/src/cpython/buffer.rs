//! Memory that is read into without the GIL, and handed to Python.

use std::mem::MaybeUninit;

use pyo3::ffi;
use pyo3::prelude::*;

use super::api::{owned, succeeded};
use super::{Object, Stop};

/// A `bytearray` that no other code can find, since the garbage collector doesn't track bytearrays.
pub struct Buffer<'py>(Object<'py>);

impl<'py> Buffer<'py> {
    /// An empty one.
    pub fn new(py: Python<'py>) -> Result<Self, Stop> {
        // SAFETY: a new reference, or MemoryError.
        unsafe { owned(py, ffi::PyByteArray_FromStringAndSize(std::ptr::null(), 0)).map(Self) }
    }

    /// So many bytes, to be written.
    pub fn resized(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], Stop> {
        self.resize(size)?;
        // SAFETY: the bytes are its own for as long as it isn't resized, which takes this borrow's end.
        unsafe { Ok(std::slice::from_raw_parts_mut(ffi::PyByteArray_AsString(self.0.as_ptr()).cast(), size)) }
    }

    /// The object with its first `count` bytes, all of which have been written.
    pub fn filled(&mut self, count: usize) -> Result<&Object<'py>, Stop> {
        self.resize(count)?;
        Ok(&self.0)
    }

    fn resize(&mut self, size: usize) -> Result<(), Stop> {
        // SAFETY: a bytearray that has no views.
        succeeded(unsafe { ffi::PyByteArray_Resize(self.0.as_ptr(), size as isize) })
    }
}
