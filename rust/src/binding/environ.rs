//! Environment variables, as `os.getenv` sees them: through Python's `os.environ`, at call time.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::capi::Forget;
use super::objects::attribute;
use super::world::{Keep, Pin, World};
use super::{Object, OrDecline, Stop, text};

/// What `os.getenv` looks up.
pub const LOOKS_UP: &[Pin] = &[Pin::function("os.getenv", "os"), Pin::environ("os.getenv.@.environ")];

/// `os.getenv(name)`, with `name` in ASCII.
pub fn get<'py>(py: Python<'py>, world: &World, name: &str) -> Result<Option<Object<'py>>, Stop> {
    if let Ok(variable) = world.kept(py, Keep::EnvironContext) {
        // SkyPilot's mapping asks the request's overrides first; None there means: deleted.
        let context = context_value(&variable)?;
        if !context.is_none() {
            only_exact(&context, &world.kept(py, Keep::ContextClass)?)?;
            let overrides = attribute(&context, pyo3::intern!(py, "env_overrides")).or_forget(py)?;
            if let Some(value) = item(&overrides, text::ascii(py, &[name.as_bytes()])?)? {
                super::only_if(value.is_none() || value.is_exact_instance_of::<pyo3::types::PyString>())?;
                return Ok((!value.is_none()).then_some(value));
            }
        }
    }
    let environ = world.kept(py, Keep::Environ)?;
    // Looked at here: CPython 3.13 doesn't say when they are replaced.
    let own =
        [(Keep::EncodeKey, pyo3::intern!(py, "encodekey")), (Keep::DecodeValue, pyo3::intern!(py, "decodevalue"))];
    for (keep, name) in own {
        super::only_if(attribute(&environ, name).or_forget(py)?.is(&world.kept(py, keep)?))?;
    }
    let data = attribute(&environ, pyo3::intern!(py, "_data")).or_forget(py)?;
    match item(&data, PyBytes::new(py, name.as_bytes()).into_any())? {
        None => Ok(None),
        Some(value) => {
            let value = value.cast_exact::<PyBytes>().or_decline()?;
            text::decode_fs(py, value.as_bytes()).or_forget(py).map(Some)
        }
    }
}

/// `variable.get()`, or None where it isn't set.
pub fn context_value<'py>(variable: &Object<'py>) -> Result<Object<'py>, Stop> {
    let py = variable.py();
    let mut value = std::ptr::null_mut();
    // SAFETY: an exact ContextVar; `value` becomes null or a new reference.
    unsafe {
        if ffi::PyContextVar_Get(variable.as_ptr(), ffi::Py_None(), &mut value) < 0 {
            return Err(Stop::Raise).or_forget(py);
        }
        super::capi::owned(py, value)
    }
}

fn only_exact(object: &Object<'_>, class: &Object<'_>) -> Result<(), Stop> {
    super::only_if(object.get_type().is(class))
}

/// `dict.get(key)`, for a plain dict.
fn item<'py>(dict: &Object<'py>, key: Object<'py>) -> Result<Option<Object<'py>>, Stop> {
    let py = dict.py();
    let dict = dict.cast_exact::<PyDict>().or_decline()?;
    // SAFETY: a dict and a str or bytes; the result is borrowed, and held before anything else can happen.
    unsafe {
        let value = ffi::PyDict_GetItemWithError(dict.as_ptr(), key.as_ptr());
        if value.is_null() && !ffi::PyErr_Occurred().is_null() {
            return Err(Stop::Raise).or_forget(py);
        }
        Ok(Bound::from_borrowed_ptr_or_opt(py, value))
    }
}
