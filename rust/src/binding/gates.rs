//! What others could notice although the caller can't: audit events, which are raised as the original raises them, and
//! log records, which a native can't make. In doubt, decline.

use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};

use super::capi::{Forget, PySys_Audit, finishing, has_attribute};
use super::environ::{self, context_value};
use super::objects::int;
use super::world::{Keep, Pin, World};
use super::{Object, OrDecline, Stop, only_if};

/// Whether anybody listens to audit events.
///
/// The C API has no question for that, but an answer: without a hook, `PySys_Audit` returns before it looks at its
/// arguments; with one, it builds them first, and a null object can't be built. So no hook is ever called with this event.
pub fn is_audited(_py: Python<'_>) -> bool {
    /// Hooks can't be taken off again.
    static AUDITED: AtomicBool = AtomicBool::new(false);
    if AUDITED.load(Ordering::Relaxed) {
        return true;
    }
    let nothing = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: attached; the format takes one object, for which null is an error that CPython reports.
    let audited = finishing(|| unsafe { PySys_Audit(c"sky_rust.audited".as_ptr(), c"O".as_ptr(), nothing) }) != 0;
    if audited {
        // SAFETY: attached.
        unsafe { ffi::PyErr_Clear() };
        AUDITED.store(true, Ordering::Relaxed);
    }
    audited
}

/// The flags with which Python opens a file for reading.
const READING: c_int = libc::O_RDONLY | libc::O_CLOEXEC;

/// Raises the event of `open(path, 'rb')`.
pub fn audit_open(path: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: attached; the arguments are what the format says, and borrowed for the call.
    heard(finishing(|| unsafe {
        PySys_Audit(c"open".as_ptr(), c"Osi".as_ptr(), path.as_ptr(), c"r".as_ptr(), READING)
    }))
}

/// Raises the event of `open(path)`, for a path of the original's own.
pub fn audit_open_own(_py: Python<'_>, path: &CStr) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe {
        PySys_Audit(c"open".as_ptr(), c"ssi".as_ptr(), path.as_ptr(), c"r".as_ptr(), READING)
    }))
}

/// Raises the event of `os.listdir(path)`.
pub fn audit_listdir(path: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe { PySys_Audit(c"os.listdir".as_ptr(), c"O".as_ptr(), path.as_ptr()) }))
}

/// Raises the event of `socket.bind(address)`.
pub fn audit_bind(socket: &Object<'_>, address: &Object<'_>) -> Result<(), Stop> {
    // SAFETY: as above.
    heard(finishing(|| unsafe {
        PySys_Audit(c"socket.bind".as_ptr(), c"OO".as_ptr(), socket.as_ptr(), address.as_ptr())
    }))
}

fn heard(result: c_int) -> Result<(), Stop> {
    if result == 0 { Ok(()) } else { Err(Stop::Raise) }
}

/// What the original catches where it raises an event.
#[derive(Clone, Copy)]
pub enum Catches {
    /// `except OSError`
    OsError,
    /// `except (OSError, ValueError)`
    OsOrValueError,
    /// `except Exception`, or whatever else comes of one
    Exception,
}

/// Whether a hook let it pass; what the original catches of the hook's exceptions is forgotten: false.
pub fn is_let(_py: Python<'_>, heard: Result<(), Stop>, catches: Catches) -> Result<bool, Stop> {
    let Err(stop) = heard else { return Ok(true) };
    // SAFETY: attached, and an exception is set; the classes live as long as the interpreter.
    unsafe {
        let classes = match catches {
            Catches::OsError => &[ffi::PyExc_OSError][..],
            Catches::OsOrValueError => &[ffi::PyExc_OSError, ffi::PyExc_ValueError],
            Catches::Exception => &[ffi::PyExc_Exception],
        };
        if !classes.iter().any(|&class| ffi::PyErr_ExceptionMatches(class) != 0) {
            return Err(stop);
        }
        ffi::PyErr_Clear();
    }
    Ok(false)
}

/// What `logger.debug` looks up on its way, and what SkyPilot's handler asks for its level.
pub const LOGGER: &[Pin] = &[
    Pin::instance("logger", "logging", "Logger").kept(Keep::Logger),
    Pin::class("logger.makeRecord.@._logRecordFactory", "logging", "LogRecord"),
    Pin::class("sky_logging.EnvAwareHandler", "sky.sky_logging", "EnvAwareHandler")
        .kept(Keep::EnvAwareHandler)
        .if_there(),
    Pin::function("sky_logging.context.get", "sky.utils.context").if_there(),
    Pin::context_var("sky_logging.context._CONTEXT").kept(Keep::LogContext).if_there(),
    Pin::function("sky_logging.env_options.Options.get", "sky.utils.env_options").if_there(),
    Pin::function("sky_logging.env_options.os.getenv", "os").if_there(),
    Pin::environ("sky_logging.env_options.os.environ").if_there(),
];

const DEBUG: i64 = 10;

/// The attribute `$name` of `$object`'s own dict: never one that a class computes or that code of somebody's gives.
macro_rules! member {
    ($object:expr, $name:literal) => {
        member(&$object, pyo3::intern!($object.py(), $name))?
    };
}

/// Declines unless nobody can see a DEBUG record of the original's logger.
pub fn unseen(py: Python<'_>, world: &World) -> Result<(), Stop> {
    let mut logger = world.kept(py, Keep::Logger)?;
    if truth(&member!(logger, "disabled"))? || !is_enabled(&logger)? {
        return Ok(());
    }
    only_if(list(&member!(logger, "filters"))?.is_empty())?;
    let mut found = false;
    loop {
        for handler in list(&member!(logger, "handlers"))?.iter() {
            found = true;
            only_if(level(py, world, &handler)? > DEBUG)?;
        }
        if !truth(&member!(logger, "propagate"))? {
            break;
        }
        match parent(&logger)? {
            Some(parent) => logger = parent,
            None => break,
        }
    }
    // Without any handler, `logging.lastResort` decides.
    only_if(found)
}

/// `logger.isEnabledFor(DEBUG)`, the logger's cache included.
fn is_enabled(logger: &Object<'_>) -> Result<bool, Stop> {
    let cache = member!(logger, "_cache");
    for (key, value) in cache.cast_exact::<PyDict>().or_decline()?.iter() {
        if int(&key) == Some(DEBUG) {
            return truth(&value);
        }
    }
    if int(&member!(member!(logger, "manager"), "_disable")).or_decline()? >= DEBUG {
        return Ok(false);
    }
    let mut logger = logger.clone();
    loop {
        let level = int(&member!(logger, "level")).or_decline()?;
        if level != 0 {
            return Ok(level <= DEBUG);
        }
        match parent(&logger)? {
            Some(parent) => logger = parent,
            None => return Ok(true),
        }
    }
}

/// The logger above, if it is one whose attributes are plain: of the same class, or the root.
fn parent<'py>(logger: &Object<'py>) -> Result<Option<Object<'py>>, Stop> {
    let parent = member!(logger, "parent");
    if parent.is_none() {
        return Ok(None);
    }
    let (class, own) = (parent.get_type(), logger.get_type());
    let py = logger.py();
    let read = [
        pyo3::intern!(py, "handlers"),
        pyo3::intern!(py, "level"),
        pyo3::intern!(py, "parent"),
        pyo3::intern!(py, "propagate"),
    ];
    only_if(class.is(&own) || has_plain(&parent, &read))?;
    Ok(Some(parent))
}

/// `handler.level`: an int of the instance's, or what SkyPilot's own handler computes.
fn level(py: Python<'_>, world: &World, handler: &Object<'_>) -> Result<i64, Stop> {
    let skypilots = world.kept(py, Keep::EnvAwareHandler).is_ok_and(|class| handler.get_type().is(&class));
    if !skypilots {
        only_if(has_plain(handler, &[pyo3::intern!(py, "level")]))?;
        return int(&member!(handler, "level")).or_decline();
    }
    if !context_value(&world.kept(py, Keep::LogContext)?)?.is_none() {
        // In a request, its environment decides.
        only_if(!truth(&member!(handler, "_sensitive"))?)?;
        only_if(environ::get(py, world, "SKYPILOT_DEBUG")?.is_none())?;
    }
    int(&member!(handler, "_level")).or_decline()
}

/// Whether these attributes can only come from the object's own dict: its class computes none.
fn has_plain(object: &Object<'_>, names: &[&Bound<'_, PyString>]) -> bool {
    let class = object.get_type();
    // SAFETY: a class, whose slots are readable for as long as it lives.
    let generic = unsafe { (*class.as_type_ptr()).tp_getattro }
        .is_some_and(|getattr| std::ptr::fn_addr_eq(getattr, ffi::PyObject_GenericGetAttr as ffi::getattrofunc));
    generic && !names.iter().any(|name| has_attribute(&class, name))
}

fn member<'py>(object: &Object<'py>, name: &Bound<'py, PyString>) -> Result<Object<'py>, Stop> {
    // SAFETY: an object that we hold. The attributes' dict is a new reference, and so is what we take from it; a dict with
    // str keys runs no code of anybody's.
    unsafe {
        let dict = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
        let dict = super::capi::owned(object.py(), dict).or_forget(object.py())?;
        let value = ffi::PyDict_GetItemWithError(dict.as_ptr(), name.as_ptr());
        Bound::from_borrowed_ptr_or_opt(object.py(), value).or_decline()
    }
}

fn truth(object: &Object<'_>) -> Result<bool, Stop> {
    let plain = object.is_exact_instance_of::<PyBool>() || int(object).is_some();
    only_if(plain)?;
    Ok(object.is_truthy().unwrap_or(false))
}

fn list<'a, 'py>(object: &'a Object<'py>) -> Result<&'a Bound<'py, PyList>, Stop> {
    object.cast_exact::<PyList>().or_decline()
}
