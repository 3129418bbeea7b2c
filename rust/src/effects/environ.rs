//! Environment variables, as `os.getenv` sees them: through Python's `os.environ`, at call time.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::cpython::error::Forget;
use crate::cpython::object::{attribute, context_value, item, own_attribute};
use crate::cpython::{Object, OrDecline, Stop, only_if, text};
use crate::guards::skypilot::{DECODE_VALUE, ENCODE_KEY, ENVIRON, PER_REQUEST, REQUEST, REQUEST_CLASS};
use crate::guards::{Guard, Snapshot};

/// The names that `os.getenv` looks up.
pub const GETENV: &[Guard] = &[Guard::function("os.getenv", "os"), Guard::environ("os.getenv.@.environ")];

/// `os.getenv(name)`, with `name` in ASCII.
pub fn get<'py>(py: Python<'py>, snapshot: &Snapshot, name: &str) -> Result<Option<Object<'py>>, Stop> {
    if let Ok(variable) = snapshot.get(py, &REQUEST) {
        // SkyPilot's mapping looks at the request's overrides first: a value of None there is a deleted variable.
        let context = context_value(&variable)?;
        if !context.is_none() {
            only_exact(&context, &snapshot.get(py, &REQUEST_CLASS)?)?;
            let overrides = attribute(&context, text::name!(py, "env_overrides")).or_forget(py)?;
            if let Some(value) = item(dict(&overrides)?, &text::ascii(py, &[name.as_bytes()])?)? {
                only_if(value.is_none() || value.is_exact_instance_of::<PyString>())?;
                return Ok((!value.is_none()).then_some(value));
            }
        }
    }
    let environ = snapshot.get(py, &ENVIRON)?;
    // These are looked at here: CPython 3.13 calls no watcher when an object's own attributes are replaced.
    if let Ok(mapping) = snapshot.get(py, &PER_REQUEST) {
        only_if(own_attribute(&mapping, text::name!(py, "_environ"))?.is(&environ))?;
    }
    let own = [(&ENCODE_KEY, text::name!(py, "encodekey")), (&DECODE_VALUE, text::name!(py, "decodevalue"))];
    for (handle, name) in own {
        only_if(attribute(&environ, name).or_forget(py)?.is(&snapshot.get(py, handle)?))?;
    }
    let data = attribute(&environ, text::name!(py, "_data")).or_forget(py)?;
    match item(dict(&data)?, &text::new_bytes(py, name.as_bytes())?)? {
        None => Ok(None),
        Some(value) => {
            let value = value.cast_exact::<PyBytes>().or_decline()?;
            text::decode_fs(py, value.as_bytes()).or_forget(py).map(Some)
        }
    }
}

fn only_exact(object: &Object<'_>, class: &Object<'_>) -> Result<(), Stop> {
    only_if(object.get_type().is(class))
}

fn dict<'a, 'py>(object: &'a Object<'py>) -> Result<&'a Bound<'py, PyDict>, Stop> {
    object.cast_exact::<PyDict>().or_decline()
}
