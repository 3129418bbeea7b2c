//! Strings: read where they lie in memory, and built in one step.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use super::api::owned;
use super::error::{self, Forget};
use super::{Object, Stop, only_if};

/// The characters of a `str`, as they lie in memory: the narrowest form that has room for all of them.
#[derive(Clone, Copy)]
pub enum Characters<'a> {
    /// All are ASCII.
    Ascii(&'a [u8]),
    /// Code points below 2**8, one at least from 2**7 on.
    One(&'a [u8]),
    /// Code points below 2**16.
    Two(&'a [u16]),
    /// Code points of any size.
    Four(&'a [u32]),
}

/// An exact `str` that the caller of a native holds.
#[derive(Clone, Copy)]
pub struct Text<'a, 'py>(Borrowed<'a, 'py, PyString>);

impl<'a, 'py> Text<'a, 'py> {
    /// `object`, if its type is `str` itself.
    pub fn exact(object: Borrowed<'a, 'py, PyAny>) -> Option<Self> {
        object.cast_exact::<PyString>().ok().map(Self)
    }

    /// The length in code points.
    pub fn len(self) -> usize {
        // SAFETY: an exact str; PyUnicode_GetLength also makes the legacy kind of CPython before 3.12 ready.
        unsafe {
            #[cfg(Py_3_12)]
            return (*self.0.as_ptr().cast::<ffi::PyASCIIObject>()).length as usize;
            #[cfg(not(Py_3_12))]
            return ffi::PyUnicode_GetLength(self.0.as_ptr()) as usize;
        }
    }

    /// The characters as they lie in memory, if all of them are ASCII.
    pub fn ascii(self) -> Option<&'a [u8]> {
        let object = self.0.as_ptr();
        // SAFETY: an exact str. A compact ASCII one has `length` bytes behind its header, which never change while it
        // is held, and the caller of the native holds it for `'a`.
        unsafe {
            if ffi::PyUnicode_IS_COMPACT_ASCII(object) == 0 {
                return None;
            }
            let data = ffi::PyUnicode_DATA(object).cast::<u8>();
            Some(std::slice::from_raw_parts(data, (*object.cast::<ffi::PyASCIIObject>()).length as usize))
        }
    }

    /// The characters as they lie in memory.
    pub fn characters(self) -> Characters<'a> {
        if let Some(ascii) = self.ascii() {
            return Characters::Ascii(ascii);
        }
        let (object, length) = (self.0.as_ptr(), self.len());
        // SAFETY: an exact str, which `len` has made ready: `length` characters of the size that its kind says lie at its
        // data. They never change while it is held, and the caller of the native holds it for `'a`.
        unsafe {
            let data = ffi::PyUnicode_DATA(object);
            match ffi::PyUnicode_KIND(object) {
                ffi::PyUnicode_1BYTE_KIND => Characters::One(std::slice::from_raw_parts(data.cast(), length)),
                ffi::PyUnicode_2BYTE_KIND => Characters::Two(std::slice::from_raw_parts(data.cast(), length)),
                _ => Characters::Four(std::slice::from_raw_parts(data.cast(), length)),
            }
        }
    }

    /// Whether there is no character in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Where the next space is, from `start` on.
    pub fn find_space(self, start: usize) -> Option<usize> {
        if let Some(ascii) = self.ascii() {
            return memchr::memchr(b' ', &ascii[start..]).map(|at| start + at);
        }
        let end = self.len() as isize;
        // SAFETY: an exact str, and the bounds lie inside it. -1: not there; -2 (an error) can't be for a ready str.
        let at = unsafe { ffi::PyUnicode_FindChar(self.0.as_ptr(), ' ' as u32, start as isize, end, 1) };
        usize::try_from(at).ok()
    }

    /// `self[start:end]`, with `start <= end <= len`.
    pub fn slice(self, start: usize, end: usize) -> Result<Object<'py>, Stop> {
        // SAFETY: an exact str, and the bounds lie inside it; the result is a new reference.
        unsafe { owned(self.py(), ffi::PyUnicode_Substring(self.0.as_ptr(), start as isize, end as isize)) }
    }

    /// The path as the file system knows it: Python's own encoding of it, without the NUL at its end.
    ///
    /// Declines where Python can't encode it, where a NUL is inside, and where it is longer than any path may be.
    pub fn path(self) -> Result<Vec<u8>, Stop> {
        let py = self.py();
        // SAFETY: an exact str; the result is a new bytes object.
        let bytes = unsafe { owned(py, ffi::PyUnicode_EncodeFSDefault(self.0.as_ptr())) }.or_forget(py)?;
        let bytes = bytes.cast::<PyBytes>().map_err(|_| Stop::Decline)?.as_bytes();
        only_if(bytes.len() < libc::PATH_MAX as usize && !bytes.contains(&0))?;
        Ok(bytes.to_vec())
    }

    /// The object itself, for an original that returns its argument.
    pub fn itself(self) -> Object<'py> {
        self.0.to_owned().into_any()
    }

    /// The token that says: attached to the interpreter.
    pub fn py(self) -> Python<'py> {
        self.0.py()
    }
}

/// The name of an attribute, or a key: a `str` that the process makes once. PyO3's `intern!` panics without memory for it.
pub struct Name {
    text: &'static str,
    made: PyOnceLock<Py<PyString>>,
}

impl Name {
    /// The name `text`, of which the `str` is made when it is first needed.
    pub const fn new(text: &'static str) -> Self {
        Self { text, made: PyOnceLock::new() }
    }

    /// The `str`.
    #[inline]
    pub fn get<'py>(&self, py: Python<'py>) -> Result<&Bound<'py, PyString>, Stop> {
        let made = self.made.get_or_try_init(py, || interned(py, self.text).map(Bound::unbind));
        made.map(|name| name.bind(py))
    }
}

/// The `str` of a literal, which is made once: returns from the function where there is no memory for it.
macro_rules! name {
    ($py:expr, $text:literal) => {{
        static NAME: $crate::cpython::text::Name = $crate::cpython::text::Name::new($text);
        NAME.get($py)?
    }};
}
pub(crate) use name;

/// The one `str` of that text that names have.
pub fn interned<'py>(py: Python<'py>, text: &str) -> Result<Bound<'py, PyString>, Stop> {
    // SAFETY: the text is copied into a new str, which no other code knows. What takes its place is a reference of ours as
    // well; without memory, it stays.
    unsafe {
        let mut new =
            owned(py, ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as isize))?.into_ptr();
        ffi::PyUnicode_InternInPlace(&mut new);
        Ok(owned(py, new)?.cast_into_unchecked())
    }
}

/// A `bytes` object with a copy of these.
pub fn new_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> Result<Object<'py>, Stop> {
    // SAFETY: the bytes are readable for the call, which copies them; the result is a new reference.
    unsafe { owned(py, ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as isize)) }
}

/// The characters of a `str`; `None` for other objects, and for a `str` that has no UTF-8 (one with surrogates).
pub fn utf8(object: &Bound<'_, PyAny>) -> Option<String> {
    let mut length = 0;
    let text = object.cast::<PyString>().ok()?;
    // SAFETY: a str, which keeps its UTF-8 for as long as it lives; it is copied at once.
    unsafe {
        let data = ffi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &mut length);
        if data.is_null() {
            error::clear(object.py());
            return None;
        }
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), length as usize);
        String::from_utf8(bytes.to_vec()).ok()
    }
}

/// Whether two objects are the same `str`.
pub fn is_same(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> bool {
    let (Ok(one), Ok(other)) = (one.cast::<PyString>(), other.cast::<PyString>()) else { return false };
    // SAFETY: two str.
    unsafe { ffi::PyUnicode_Compare(one.as_ptr(), other.as_ptr()) == 0 }
}

/// A str of the pieces, all of which are ASCII, one behind the other.
pub fn ascii<'py>(py: Python<'py>, pieces: &[&[u8]]) -> Result<Object<'py>, Stop> {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    debug_assert!(pieces.iter().all(|piece| piece.is_ascii()));
    if length <= 1 {
        // CPython shares the empty and the one-character strings.
        let byte = pieces.iter().flat_map(|piece| piece.iter()).next();
        let start = byte.map_or(c"".as_ptr(), |byte| (&raw const *byte).cast());
        // SAFETY: `length` bytes lie at `start`.
        return unsafe { owned(py, ffi::PyUnicode_FromStringAndSize(start, length as isize)) };
    }
    // SAFETY: a new compact ASCII str has `length` bytes behind its header, and no other code knows it yet.
    unsafe {
        let text = owned(py, ffi::PyUnicode_New(length as isize, 127))?;
        let mut to = ffi::PyUnicode_DATA(text.as_ptr()).cast::<u8>();
        for piece in pieces {
            std::ptr::copy_nonoverlapping(piece.as_ptr(), to, piece.len());
            to = to.add(piece.len());
        }
        Ok(text)
    }
}

/// `left + right`, both str.
pub fn concat<'py>(left: &Object<'py>, right: &Object<'py>) -> Result<Object<'py>, Stop> {
    // SAFETY: two objects that we hold; the result is a new reference.
    unsafe { owned(left.py(), ffi::PyUnicode_Concat(left.as_ptr(), right.as_ptr())) }
}

/// `bytes.decode('utf-8', errors)`, by CPython's own decoder.
pub fn decode_utf8<'py>(py: Python<'py>, bytes: &[u8], errors: &CStr) -> Result<Object<'py>, Stop> {
    // SAFETY: `bytes` are readable for the call, which copies them; the result is a new reference.
    unsafe { owned(py, ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), bytes.len() as isize, errors.as_ptr())) }
}

/// The bytes as `os.fsdecode` reads them.
pub fn decode_fs<'py>(py: Python<'py>, bytes: &[u8]) -> Result<Object<'py>, Stop> {
    // SAFETY: as above.
    unsafe { owned(py, ffi::PyUnicode_DecodeFSDefaultAndSize(bytes.as_ptr().cast(), bytes.len() as isize)) }
}
