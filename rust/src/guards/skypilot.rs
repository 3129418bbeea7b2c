//! The facts about SkyPilot that guards know: its lazy imports, and the mapping that requests see as `os.environ`.

use pyo3::prelude::*;
use pyo3::types::PyModule;

use super::identity::{entry, is_class, module_of};
use super::resolve::Resolver;
use super::{Guard, Handle, Obstacle};
use crate::cpython::Object;
use crate::cpython::class::dict_of;
use crate::cpython::function::Function;
use crate::cpython::module;

/// The `os._Environ` at the bottom of `os.environ`.
pub static ENVIRON: Handle = Handle::new();
/// Its own `encodekey`.
pub static ENCODE_KEY: Handle = Handle::new();
/// Its own `decodevalue`.
pub static DECODE_VALUE: Handle = Handle::new();
/// The request's context variable, if `os.environ` is SkyPilot's per-request mapping.
pub static REQUEST: Handle = Handle::new();
/// That mapping, which has CPython's own inside.
pub static PER_REQUEST: Handle = Handle::new();
/// The class of that variable's values.
pub static REQUEST_CLASS: Handle = Handle::new();

/// The module `sky.utils.context`, as the per-request mapping sees it.
const CONTEXT: &[Guard] = &[
    Guard::function("get", "sky.utils.context"),
    Guard::context_var("_CONTEXT").kept_as(&REQUEST),
    Guard::class("SkyPilotContext", "sky.utils.context", "SkyPilotContext").kept_as(&REQUEST_CLASS),
];

/// Whether the object is one of SkyPilot's lazy imports.
pub(super) fn is_lazy_import(object: &Object<'_>) -> bool {
    is_class(&object.get_type(), "sky.adaptors.common", "LazyImport")
}

impl<'py> Resolver<'_, 'py> {
    /// The module behind a lazy import, from which its attribute `name` will come.
    pub(super) fn lazy_import(&mut self, object: &Object<'py>, name: &str) -> Result<Object<'py>, Obstacle> {
        self.class(&object.get_type())?;
        let own = object.cast::<PyModule>().map_err(|_| "is no module".to_owned())?.dict();
        if self.snapshot.look(&own, name)?.is_some() {
            return Err(Obstacle::Changed("an attribute was set on the lazy import".to_owned()));
        }
        match self.snapshot.look(&own, "_module")?.filter(|found| !found.is_none()) {
            None => Err(Obstacle::Pending("SkyPilot has not imported it yet".to_owned())),
            Some(found) if module::exact(&found).is_some() => Ok(found),
            Some(_) => Err(Obstacle::Changed("has no module behind it".to_owned())),
        }
    }

    /// `os.environ`: CPython's own mapping, or SkyPilot's around it. Keeps the parts that a look-up needs.
    pub(super) fn environ(&mut self, object: &Object<'py>) -> Result<(), Obstacle> {
        self.snapshot.watch_class_of(object);
        let class = object.get_type();
        if is_class(&class, "os", "_Environ") {
            let own = self.instance(object)?;
            for (name, handle) in [("encodekey", &ENCODE_KEY), ("decodevalue", &DECODE_VALUE)] {
                let codec = self.snapshot.look(&own, name)?;
                match codec.filter(|codec| Function::of(codec).is_some_and(|codec| module_of(&codec) == "os")) {
                    Some(codec) => self.snapshot.keep(handle, &codec),
                    None => return Err(Obstacle::Changed(format!("has another {name}"))),
                }
            }
            self.snapshot.keep(&ENVIRON, object);
            return Ok(());
        }
        if !is_class(&class, "sky.utils.context", "ContextualEnviron") {
            return Err(Obstacle::Changed("is neither CPython's nor SkyPilot's mapping".to_owned()));
        }
        let own = self.instance(object)?;
        let inner = self.snapshot.look(&own, "_environ")?;
        let inner = inner
            .filter(|inner| is_class(&inner.get_type(), "os", "_Environ"))
            .ok_or_else(|| "wraps another mapping than CPython's".to_owned())?;
        self.environ(&inner)?;
        self.snapshot.keep(&PER_REQUEST, object);
        let getitem =
            dict_of(&class).and_then(|own| entry(&own, "__getitem__")).ok_or("has no __getitem__".to_owned())?;
        let globals = Function::of(&getitem).and_then(|getitem| getitem.globals());
        let globals = globals.ok_or_else(|| "has no __getitem__".to_owned())?;
        CONTEXT.iter().try_for_each(|guard| self.guard(&globals, guard))
    }
}
