//! Sockets of Python's own class, for audit events that carry them.

use std::os::fd::BorrowedFd;
use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;

use super::api::{finishing, owned};
use super::number::{int, new_bool, new_int};
use super::object::{attribute, call_with, set_attribute};
use super::text::name;
use super::{Object, Stop, text};

/// `(host, port)`.
pub fn new_address<'py>(py: Python<'py>, host: &str, port: u16) -> Result<Object<'py>, Stop> {
    let host = text::ascii(py, &[host.as_bytes()])?;
    let port = new_int(py, i64::from(port))?;
    // SAFETY: two objects that we hold, to which the tuple takes its own references.
    unsafe { owned(py, ffi::PyTuple_Pack(2, host.as_ptr(), port.as_ptr())) }
}

/// Makes TCP sockets, for Python's own `socket.socket`.
///
/// The Python parts of its `__init__` and `close` are done here: they call their C halves, and set two attributes.
pub struct TcpSockets<'py> {
    class: Object<'py>,
    new: ffi::newfunc,
    init: Init,
    nothing: Object<'py>,
    /// The C half's arguments: family, type, protocol.
    family: Object<'py>,
    fileno: Object<'py>,
    close: Object<'py>,
}

/// It raises an audit event: see `finishing`.
type Init = unsafe extern "C-unwind" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> std::ffi::c_int;

impl<'py> TcpSockets<'py> {
    /// For `class`, which is `socket.socket`.
    pub fn of(class: &Object<'py>) -> Result<Self, Stop> {
        let py = class.py();
        // SAFETY: `class` is Python's own `socket.socket`, a subclass of the C class that is its base, whose `tp_new` and
        // `tp_init` take a tuple and no keywords. A C function that may unwind can be called as such.
        unsafe {
            let raw = class.as_ptr().cast::<ffi::PyTypeObject>();
            let base: Object<'py> = Bound::from_borrowed_ptr(py, (*raw).tp_base.cast());
            let (Some(new), Some(init)) = ((*raw).tp_new, (*(*raw).tp_base).tp_init) else { return Err(Stop::Decline) };
            Ok(Self {
                class: class.clone(),
                new,
                init: std::mem::transmute::<ffi::initproc, Init>(init),
                nothing: owned(py, ffi::PyTuple_New(0))?,
                family: owned(py, ffi::Py_BuildValue(c"(iii)".as_ptr(), libc::AF_INET, libc::SOCK_STREAM, 0))?,
                fileno: attribute(&base, name!(py, "fileno"))?,
                close: attribute(&base, name!(py, "close"))?,
            })
        }
    }

    /// `with class(AF_INET, SOCK_STREAM) as socket: work(socket, its descriptor)`
    #[allow(deprecated)] // what came after PyErr_Fetch needs CPython 3.12
    pub fn with<T>(&self, work: impl FnOnce(&Object<'py>, BorrowedFd<'_>) -> Result<T, Stop>) -> Result<T, Stop> {
        let py = self.class.py();
        let (references, is_closed) = (name!(py, "_io_refs"), name!(py, "_closed"));
        // SAFETY: see `of`. The descriptor is the new socket's, which no other code knows and which is open until `close`. An
        // exception that `work` has set is put aside while `close` runs.
        unsafe {
            let socket = owned(py, (self.new)(self.class.as_ptr().cast(), self.nothing.as_ptr(), null_mut()))?;
            if finishing(|| (self.init)(socket.as_ptr(), self.family.as_ptr(), null_mut())) < 0 {
                return Err(Stop::Raise);
            }
            set_attribute(&socket, references, &new_int(py, 0)?)?;
            set_attribute(&socket, is_closed, &new_bool(py, false))?;
            let descriptor = call_with(&self.fileno, &socket)?;
            let descriptor = int(&descriptor).and_then(|number| i32::try_from(number).ok()).ok_or(Stop::Decline)?;
            let result = work(&socket, BorrowedFd::borrow_raw(descriptor));
            let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
            ffi::PyErr_Fetch(&mut kind, &mut value, &mut traceback);
            let closed =
                set_attribute(&socket, is_closed, &new_bool(py, true)).and_then(|()| call_with(&self.close, &socket));
            if !kind.is_null() {
                ffi::PyErr_Restore(kind, value, traceback); // drops what `close` may have raised
                return result;
            }
            closed.and(result)
        }
    }
}
