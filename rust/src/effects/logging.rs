//! Log records: a native can't make one with the right caller, so it declines where a record could be seen.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList};

use super::environ;
use crate::cpython::class::has_plain;
use crate::cpython::number::int;
use crate::cpython::object::{context_value, own_attribute};
use crate::cpython::text::name;
use crate::cpython::{Object, OrDecline, Stop, only_if};
use crate::guards::{Guard, Handle, Snapshot};

/// The original's `logger`.
static LOGGER_OBJECT: Handle = Handle::new();
/// `sky_logging.EnvAwareHandler`, whose level is computed.
static ENV_AWARE_HANDLER: Handle = Handle::new();
/// The context variable of the request, which that handler looks at.
static REQUEST: Handle = Handle::new();

/// The names that `logger.debug` looks up on its way, and those that SkyPilot's handler looks up for its level.
pub const LOGGER: &[Guard] = &[
    Guard::instance("logger", "logging", "Logger").kept_as(&LOGGER_OBJECT),
    Guard::class("logger.makeRecord.@._logRecordFactory", "logging", "LogRecord"),
    Guard::class("sky_logging.EnvAwareHandler", "sky.sky_logging", "EnvAwareHandler")
        .kept_as(&ENV_AWARE_HANDLER)
        .if_there(),
    Guard::function("sky_logging.context.get", "sky.utils.context").if_there(),
    Guard::context_var("sky_logging.context._CONTEXT").kept_as(&REQUEST).if_there(),
    Guard::function("sky_logging.env_options.Options.get", "sky.utils.env_options").if_there(),
    Guard::function("sky_logging.env_options.os.getenv", "os").if_there(),
    Guard::environ("sky_logging.env_options.os.environ").if_there(),
];

const DEBUG: i64 = 10;

/// The attribute `$name` of `$object`'s own dict.
macro_rules! member {
    ($object:expr, $name:literal) => {
        own_attribute(&$object, name!($object.py(), $name))?
    };
}

/// Declines if a DEBUG record of the original's logger could be seen.
pub fn unseen(py: Python<'_>, snapshot: &Snapshot) -> Result<(), Stop> {
    find_nobody(py, snapshot).map_err(|stop| if matches!(stop, Stop::Decline) { Stop::Record } else { stop })
}

/// Declines unless it is certain that nobody sees the record.
fn find_nobody(py: Python<'_>, snapshot: &Snapshot) -> Result<(), Stop> {
    let mut logger = snapshot.get(py, &LOGGER_OBJECT)?;
    if truth(&member!(logger, "disabled"))? || !is_enabled(&logger)? {
        return Ok(());
    }
    only_if(list(&member!(logger, "filters"))?.is_empty())?;
    let mut found = false;
    loop {
        for handler in list(&member!(logger, "handlers"))?.iter() {
            found = true;
            only_if(level(py, snapshot, &handler)? > DEBUG)?;
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

/// The parent logger. Declines if its attributes may be computed: it has to be of the logger's class, or have them
/// plain.
fn parent<'py>(logger: &Object<'py>) -> Result<Option<Object<'py>>, Stop> {
    let parent = member!(logger, "parent");
    if parent.is_none() {
        return Ok(None);
    }
    let (class, own) = (parent.get_type(), logger.get_type());
    let py = logger.py();
    let read = [name!(py, "handlers"), name!(py, "level"), name!(py, "parent"), name!(py, "propagate")];
    only_if(class.is(&own) || has_plain(&parent, &read))?;
    Ok(Some(parent))
}

/// `handler.level`: an int in the instance's dict, or the level that SkyPilot's own handler computes.
fn level(py: Python<'_>, snapshot: &Snapshot, handler: &Object<'_>) -> Result<i64, Stop> {
    let skypilots = snapshot.get(py, &ENV_AWARE_HANDLER).is_ok_and(|class| handler.get_type().is(&class));
    if !skypilots {
        only_if(has_plain(handler, &[name!(py, "level")]))?;
        return int(&member!(handler, "level")).or_decline();
    }
    if !context_value(&snapshot.get(py, &REQUEST)?)?.is_none() {
        // Within a request, the request's environment decides on the level: decline where it could be DEBUG.
        only_if(!truth(&member!(handler, "_sensitive"))?)?;
        only_if(environ::get(py, snapshot, "SKYPILOT_DEBUG")?.is_none())?;
    }
    int(&member!(handler, "_level")).or_decline()
}

fn truth(object: &Object<'_>) -> Result<bool, Stop> {
    let plain = object.is_exact_instance_of::<PyBool>() || int(object).is_some();
    only_if(plain)?;
    Ok(object.is_truthy().unwrap_or(false))
}

fn list<'a, 'py>(object: &'a Object<'py>) -> Result<&'a Bound<'py, PyList>, Stop> {
    object.cast_exact::<PyList>().or_decline()
}
