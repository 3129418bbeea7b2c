//! Objects other than strings: read, made and called.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::capi::{PyObject_CallFunctionObjArgs, finishing, owned};
use super::{Object, Stop};

/// The value of an exact `int` that fits 64 bits.
pub fn int(object: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: only an exact int is converted, which runs no code of anybody's and raises nothing.
    unsafe {
        if ffi::PyLong_CheckExact(object.as_ptr()) == 0 {
            return None;
        }
        let value = ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow);
        (overflow == 0).then_some(value)
    }
}

/// An `int`.
pub fn new_int(py: Python<'_>, value: i64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or MemoryError.
    unsafe { owned(py, ffi::PyLong_FromLongLong(value)) }
}

/// A `float`.
pub fn new_float(py: Python<'_>, value: f64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or MemoryError.
    unsafe { owned(py, ffi::PyFloat_FromDouble(value)) }
}

/// `True` or `False`.
pub fn new_bool(py: Python<'_>, value: bool) -> Object<'_> {
    pyo3::types::PyBool::new(py, value).to_owned().into_any()
}

/// A `list` of `length` items, the n-th of which `make` gives.
pub fn new_list<'py>(
    py: Python<'py>,
    length: usize,
    mut make: impl FnMut(usize) -> Result<Object<'py>, Stop>,
) -> Result<Object<'py>, Stop> {
    // SAFETY: a new list has null items, which its deallocation allows; each is set once, to a reference that it takes.
    // Making a str runs no foreign code, so nobody sees the list before it is full.
    unsafe {
        let list = owned(py, ffi::PyList_New(length as isize))?;
        for index in 0..length {
            ffi::PyList_SET_ITEM(list.as_ptr(), index as isize, make(index)?.into_ptr());
        }
        Ok(list)
    }
}

/// `float(text)`.
pub fn parse_float(text: &Object<'_>) -> Result<f64, Stop> {
    // SAFETY: an object that we hold; the result is a new float, whose value is read before it goes.
    unsafe { owned(text.py(), ffi::PyFloat_FromString(text.as_ptr())).map(|it| ffi::PyFloat_AS_DOUBLE(it.as_ptr())) }
}

/// `int(value)`, which raises for what is not finite.
pub fn int_from_float(py: Python<'_>, value: f64) -> Result<Object<'_>, Stop> {
    // SAFETY: a new reference, or the exception.
    unsafe { owned(py, ffi::PyLong_FromDouble(value)) }
}

/// `object.name`.
pub fn attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Result<Object<'py>, Stop> {
    // SAFETY: two objects that we hold; the result is a new reference.
    unsafe { owned(object.py(), ffi::PyObject_GetAttr(object.as_ptr(), name.as_ptr())) }
}

/// `callable(argument)`.
pub fn call_with<'py>(callable: &Object<'py>, argument: &Object<'py>) -> Result<Object<'py>, Stop> {
    // SAFETY: as above; null ends the arguments.
    unsafe {
        let call = || PyObject_CallFunctionObjArgs(callable.as_ptr(), argument.as_ptr(), null_mut::<ffi::PyObject>());
        owned(callable.py(), finishing(call))
    }
}

/// Whether the object's class is one of CPython's C modules' own: a class made in Python has no module in this name.
pub fn is_of_c_module(object: &Object<'_>, modules: &[&str]) -> bool {
    // SAFETY: a class's name is a C string that lives as long as the class.
    let name = unsafe { CStr::from_ptr((*ffi::Py_TYPE(object.as_ptr())).tp_name) }.to_bytes();
    modules.iter().any(|module| name.strip_prefix(module.as_bytes()).is_some_and(|rest| rest.starts_with(b".")))
}

/// A `bytearray` that nobody else can find, since the garbage collector doesn't know such: to be read into without the
/// GIL, and hashed.
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
        // SAFETY: a bytearray of which nobody has a view.
        if unsafe { ffi::PyByteArray_Resize(self.0.as_ptr(), size as isize) } < 0 { Err(Stop::Raise) } else { Ok(()) }
    }
}

/// `value`, formatted as CPython formats a float with `.{precision}f`, by its own routine.
pub fn format_fixed(py: Python<'_>, value: f64, precision: i32) -> Result<Object<'_>, Stop> {
    // SAFETY: the C string is ours, ASCII, and freed by its own allocator once it is copied.
    unsafe {
        let digits = ffi::PyOS_double_to_string(value, b'f' as _, precision, 0, std::ptr::null_mut());
        if digits.is_null() {
            return Err(Stop::Raise);
        }
        let text = super::text::ascii(py, &[CStr::from_ptr(digits).to_bytes()]);
        ffi::PyMem_Free(digits.cast());
        text
    }
}

/// Sets `name` in the globals of a Python function, as a `global` statement there would, unless it is that int already.
pub fn set_global(function: &Object<'_>, name: &Bound<'_, PyString>, value: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: `function` is a Python function, whose globals are a dict that it holds; what is looked up is only borrowed
    // until it is compared.
    unsafe {
        let globals = ffi::PyFunction_GetGlobals(function.as_ptr());
        let before = ffi::PyDict_GetItemWithError(globals, name.as_ptr());
        let before = Bound::from_borrowed_ptr_or_opt(function.py(), before);
        if before.is_some_and(|before| int(&before).is_some() && int(&before) == int(value)) {
            return Ok(());
        }
        if ffi::PyDict_SetItem(globals, name.as_ptr(), value.as_ptr()) < 0 { Err(Stop::Raise) } else { Ok(()) }
    }
}

/// `callable()`.
pub fn call<'py>(callable: &Object<'py>) -> Result<Object<'py>, Stop> {
    // SAFETY: an object that we hold; the result is a new reference.
    unsafe {
        let call = || PyObject_CallFunctionObjArgs(callable.as_ptr(), null_mut::<ffi::PyObject>());
        owned(callable.py(), finishing(call))
    }
}

/// `(host, port)`.
pub fn new_address<'py>(py: Python<'py>, host: &str, port: u16) -> Result<Object<'py>, Stop> {
    let host = super::text::ascii(py, &[host.as_bytes()])?;
    let port = new_int(py, i64::from(port))?;
    // SAFETY: two objects that we hold, to which the tuple takes its own references.
    unsafe { owned(py, ffi::PyTuple_Pack(2, host.as_ptr(), port.as_ptr())) }
}

/// What makes TCP sockets, for Python's own `socket.socket`.
///
/// What its `__init__` and `close` do in Python is done here: their C halves, and the two attributes that they set.
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
                fileno: attribute(&base, pyo3::intern!(py, "fileno"))?,
                close: attribute(&base, pyo3::intern!(py, "close"))?,
            })
        }
    }

    /// `with class(AF_INET, SOCK_STREAM) as socket: work(socket, its descriptor)`
    #[allow(deprecated)] // what came after PyErr_Fetch needs CPython 3.12
    pub fn with<T>(&self, work: impl FnOnce(&Object<'py>, BorrowedFd<'_>) -> Result<T, Stop>) -> Result<T, Stop> {
        let py = self.class.py();
        // SAFETY: see `of`. The descriptor is the new socket's, which nobody else knows and which is open until `close`. An
        // exception that `work` has set is put aside while `close` runs.
        unsafe {
            let socket = owned(py, (self.new)(self.class.as_ptr().cast(), self.nothing.as_ptr(), null_mut()))?;
            if finishing(|| (self.init)(socket.as_ptr(), self.family.as_ptr(), null_mut())) < 0 {
                return Err(Stop::Raise);
            }
            set_attribute(&socket, pyo3::intern!(py, "_io_refs"), &new_int(py, 0)?)?;
            set_attribute(&socket, pyo3::intern!(py, "_closed"), &new_bool(py, false))?;
            let descriptor = call_with(&self.fileno, &socket)?;
            let descriptor = int(&descriptor).and_then(|number| i32::try_from(number).ok()).ok_or(Stop::Decline)?;
            let result = work(&socket, BorrowedFd::borrow_raw(descriptor));
            let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
            ffi::PyErr_Fetch(&mut kind, &mut value, &mut traceback);
            let closed = set_attribute(&socket, pyo3::intern!(py, "_closed"), &new_bool(py, true))
                .and_then(|()| call_with(&self.close, &socket));
            if !kind.is_null() {
                ffi::PyErr_Restore(kind, value, traceback); // drops what `close` may have raised
                return result;
            }
            closed.and(result)
        }
    }
}

fn set_attribute(object: &Object<'_>, name: &Bound<'_, PyString>, value: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: three objects that we hold.
    if unsafe { ffi::PyObject_SetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) } < 0 {
        return Err(Stop::Raise);
    }
    Ok(())
}
