//! Follows a native's guards, once for each state of the things that they look at.
//!
//! This is the cold path: a call only compares the snapshot that it leaves.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::guard::Is;
use super::identity::{self, text_of};
use super::library::Proven;
use super::snapshot::{Obstacle, Snapshot, Target};
use super::{Guard, skypilot};
use crate::cpython::Object;
use crate::cpython::class::{c_name, dict_of, is_open};
use crate::cpython::function::Function;
use crate::cpython::{module, object};

/// An object that was looked for.
pub(super) type Found<'py> = Result<Option<Object<'py>>, Obstacle>;

impl From<String> for Obstacle {
    fn from(reason: String) -> Self {
        Self::Changed(reason)
    }
}

impl Obstacle {
    /// The same, of something that will be there later.
    fn until_then(self) -> Self {
        match self {
            Self::Changed(reason) => Self::Pending(format!("{reason} yet")),
            other => other,
        }
    }

    /// The same, with the path to the thing that it is about.
    fn at(self, path: &str) -> Self {
        match self {
            Self::Changed(reason) => Self::Changed(format!("{path}: {reason}")),
            Self::Pending(reason) => Self::Pending(format!("{path}: {reason}")),
            Self::Unproven(reason) => Self::Unproven(reason),
        }
    }
}

/// Looks at everything that `guards` name, for the function `target`. Runs no Python code.
///
/// `keyword_only` of its parameters can only be given by keyword, and `proven` says with which libraries the native may run.
///
/// # Safety
/// `target` has the pointers of a Python function, which are alive.
pub unsafe fn resolve(
    py: Python<'_>,
    target: Target,
    keyword_only: &[&str],
    guards: &[&[Guard]],
    proven: &Proven,
) -> Snapshot {
    let mut resolver = Resolver { snapshot: Snapshot::begin(), proven, py };
    // SAFETY: a function that is alive, says the caller.
    let function = unsafe { Bound::from_borrowed_ptr(py, target.function) };
    let result = resolver.target(&function, target, keyword_only).and_then(|globals| {
        let mut all = guards.iter().flat_map(|group| group.iter());
        all.try_for_each(|guard| resolver.guard(&globals, guard).map_err(|it| it.at(guard.path)))
    });
    resolver.snapshot.obstacle = result.err();
    resolver.snapshot
}

/// One walk along all guards of a native.
pub(super) struct Resolver<'a, 'py> {
    pub(super) snapshot: Snapshot,
    proven: &'a Proven,
    pub(super) py: Python<'py>,
}

impl<'py> Resolver<'_, 'py> {
    /// The globals of the function that a native is attached to, if it is as it was then.
    fn target(
        &mut self,
        object: &Object<'py>,
        target: Target,
        keyword_only: &[&str],
    ) -> Result<Bound<'py, PyDict>, Obstacle> {
        let function = Function::of(object).ok_or("is no Python function".to_owned())?;
        self.snapshot.watch_function(&function);
        self.snapshot.watch_keyword_defaults(&function);
        let is = |field: Option<Object<'py>>, then: *mut pyo3::ffi::PyObject| {
            field.map_or(std::ptr::null_mut(), |field| field.as_ptr()) == then
        };
        let same = is(function.code(), target.code)
            && is(function.defaults(), target.defaults)
            && is(function.keyword_defaults(), target.keyword_defaults);
        if !same {
            return Err(Obstacle::Changed("its code or its defaults were replaced since it was attached".to_owned()));
        }
        // A call may be using these while they are replaced.
        self.snapshot.target = target;
        // SAFETY: a tuple that is alive, says the caller of `resolve`.
        self.snapshot.hold(&unsafe { Bound::from_borrowed_ptr(self.py, target.names) });
        if let Some(defaults) = function.defaults() {
            self.snapshot.hold(&defaults);
        }
        let defaults = function.keyword_defaults().and_then(|it| it.cast_into::<PyDict>().ok());
        for name in keyword_only {
            let default = defaults.as_ref().map(|it| self.snapshot.look(it, name)).transpose()?.flatten();
            self.snapshot.keyword_defaults.push(default.as_ref().map_or(std::ptr::null_mut(), |it| it.as_ptr()));
            if let Some(default) = default {
                self.snapshot.hold(&default);
            }
        }
        function.globals().ok_or_else(|| Obstacle::Changed("has no globals".to_owned()))
    }

    /// One guard: follows its path, looks at the object there, and keeps it if the native wants it.
    pub(super) fn guard(&mut self, globals: &Bound<'py, PyDict>, guard: &Guard) -> Result<(), Obstacle> {
        let first = guard.path.split('.').next().unwrap_or(guard.path);
        if guard.optional && self.snapshot.look(globals, first)?.is_none() {
            return Ok(());
        }
        let walked = if guard.imported {
            let modules = module::imported(self.py).ok_or("there is no sys.modules".to_owned())?;
            self.walk(&modules, guard)
        } else {
            self.walk(globals, guard)
        };
        let object = walked.map_err(|it| if guard.is_late { it.until_then() } else { it })?;
        let name = guard.path.rsplit('.').next().unwrap_or(guard.path);
        match guard.is {
            Is::Builtin => identity::builtin(&object, name)?,
            Is::CFunction(modules) => identity::c_function(&object, name, modules)?,
            Is::Function(module) => self.function(&identity::behind(&object), module, name)?,
            Is::Helper => {
                let module = self.name_of_module(globals)?;
                self.function(&object, &module, name)?;
            }
            Is::HelperClass => {
                let module = self.name_of_module(globals)?;
                self.class_named(&object, &module, name)?;
            }
            Is::Class(module, name) => self.class_named(&object, module, name)?,
            Is::Instance(module, class) => {
                self.snapshot.watch_class_of(&object);
                if !identity::is_class(&object.get_type(), module, class) {
                    return Err(Obstacle::Changed(format!("is no {module}.{class}")));
                }
                self.instance(&object)?;
            }
            Is::ContextVar => {
                // SAFETY: an object.
                if unsafe { pyo3::ffi::PyContextVar_CheckExact(object.as_ptr()) } == 0 {
                    return Err(Obstacle::Changed("is no ContextVar".to_owned()));
                }
            }
            Is::Environ => self.environ(&object)?,
            Is::Number(value) => identity::number(&object, value)?,
            Is::OneOf(texts) => identity::one_of(&object, texts)?,
            Is::CClass(name) => identity::c_class(&object, name)?,
            Is::OwnModule(name, defaults) => self.own_module(&object, name, defaults)?,
            Is::Methods(module, methods) => self.methods(&object, module, methods)?,
            Is::SchemaValidator => self.schema_validator(&object)?,
            Is::Table(digest) => self.table(&object, digest)?,
            Is::Unregistered(handle) => self.unregistered(&object, handle)?,
            Is::Locale(digest) => self.locale(&object, digest)?,
            Is::Anything => {}
            Is::Library(library) => {
                let module = if skypilot::is_lazy_import(&object) {
                    self.lazy_import(&object, "__version__")?
                } else {
                    object.clone()
                };
                library.check(&module, self.proven)?;
            }
        }
        if let Some(handle) = guard.handle {
            self.snapshot.keep(handle, &object);
        }
        Ok(())
    }

    /// The object at the end of a guard's path. Every dict on the way is watched.
    fn walk(&mut self, globals: &Bound<'py, PyDict>, guard: &Guard) -> Result<Object<'py>, Obstacle> {
        let mut globals = Some(globals.clone());
        let mut object: Option<Object<'py>> = None;
        let mut parts = guard.path.split('.').peekable();
        while let Some(part) = parts.next() {
            let found = match (&object, globals.take()) {
                (Some(function), _) if part == "@" => {
                    let inside = Function::of(&identity::behind(function)).and_then(|function| function.globals());
                    globals = Some(inside.ok_or("a Python function on the way is none now".to_owned())?);
                    continue;
                }
                (_, Some(globals)) => match self.snapshot.look(&globals, part)? {
                    None => self.snapshot.look(&self.builtins()?, part)?,
                    Some(_) if matches!(guard.is, Is::Builtin) && parts.peek().is_none() => {
                        return Err(Obstacle::Changed("a global hides the builtin".to_owned()));
                    }
                    global => global,
                },
                (Some(object), None) => self.member(object, part)?,
                (None, None) => None,
            };
            object = Some(found.ok_or_else(|| format!("there is no {part}"))?);
        }
        object.ok_or_else(|| Obstacle::Changed("leads nowhere".to_owned()))
    }

    /// An attribute of an object on the way: of a module, a class, a lazy import, or the method of an instance.
    fn member(&mut self, object: &Object<'py>, name: &str) -> Found<'py> {
        if let Ok(class) = object.cast::<PyType>() {
            // The class's own, or inherited: then a base before that one could get it.
            for base in class.mro().iter() {
                let own =
                    base.cast::<PyType>().ok().and_then(dict_of).ok_or("is no class with attributes".to_owned())?;
                if let Some(value) = self.snapshot.look(&own, name)? {
                    return Ok(Some(value));
                }
            }
            return Ok(None);
        }
        if let (Some(function), "__defaults__" | "__kwdefaults__") = (Function::of(&identity::behind(object)), name) {
            self.snapshot.watch_function(&function);
            return Ok(if name == "__defaults__" { function.defaults() } else { function.keyword_defaults() });
        }
        self.snapshot.watch_class_of(object);
        let module = if skypilot::is_lazy_import(object) {
            module::exact(&self.lazy_import(object, name)?)
        } else {
            module::exact(object)
        };
        if let Some(module) = module {
            return Ok(self.snapshot.look(&module.dict(), name)?);
        }
        // A method of an instance whose class another guard watches.
        for class in object.get_type().mro().iter() {
            let own = class.cast::<PyType>().ok().and_then(dict_of);
            if let Some(value) = own.map(|own| self.snapshot.look(&own, name)).transpose()?.flatten() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn builtins(&self) -> Result<Bound<'py, PyDict>, Obstacle> {
        Ok(module::builtins(self.py).ok_or("there are no builtins".to_owned())?)
    }

    /// The function of that name in `module`, from its own file.
    pub(super) fn function(&mut self, object: &Object<'py>, module: &str, name: &str) -> Result<(), Obstacle> {
        let function = Function::of(object).ok_or("is no Python function".to_owned())?;
        if let Some(globals) = function.globals() {
            self.snapshot.look(&globals, "__name__")?;
            self.snapshot.look(&globals, "__file__")?;
        }
        self.snapshot.watch_function(&function);
        Ok(identity::function(&function, module, name)?)
    }

    /// The name of the original's own module, whose attributes are `globals`.
    fn name_of_module(&mut self, globals: &Bound<'py, PyDict>) -> Result<String, Obstacle> {
        Ok(self.snapshot.look(globals, "__name__")?.and_then(|own| text_of(&own)).unwrap_or_default())
    }

    /// The class of that name, with nothing foreign in it.
    fn class_named(&mut self, object: &Object<'py>, module: &str, name: &str) -> Result<(), Obstacle> {
        match object.cast::<PyType>() {
            Ok(class) if identity::is_class(class, module, name) => self.class(class),
            _ => Err(Obstacle::Changed(format!("is not {module}.{name}"))),
        }
    }

    /// A class that has nothing in it, and in its Python bases, that was put there from elsewhere.
    pub(super) fn class(&mut self, class: &Bound<'py, PyType>) -> Result<(), Obstacle> {
        for base in class.mro().iter() {
            let Ok(base) = base.cast_into::<PyType>() else { continue };
            if !is_open(&base) {
                continue;
            }
            let own = dict_of(&base).ok_or("has no attributes".to_owned())?;
            self.snapshot.hold(&base);
            let entries = self.snapshot.look_at_all(&own)?;
            let module = identity::entry(&own, "__module__").and_then(|own| text_of(&own)).unwrap_or_default();
            for (key, value) in entries {
                identity::class_entry(&key, &value, &module)
                    .map_err(|key| format!("{}.{key} was replaced", String::from_utf8_lossy(c_name(&base))))?;
            }
        }
        Ok(())
    }

    /// An instance of a class with nothing foreign in it, that hides none of its methods. Gives its own attributes.
    pub(super) fn instance(&mut self, object: &Object<'py>) -> Result<Bound<'py, PyDict>, Obstacle> {
        let class = object.get_type();
        self.class(&class)?;
        let own = self.snapshot.look_at_attributes(object)?;
        for (key, _) in own.iter() {
            for base in class.mro().iter() {
                let hidden = base
                    .cast::<PyType>()
                    .ok()
                    .and_then(dict_of)
                    .and_then(|base| object::item(&base, &key).ok().flatten());
                if hidden.is_some_and(|hidden| hidden.is_callable()) {
                    let name = text_of(&key).unwrap_or_default();
                    return Err(Obstacle::Changed(format!("its method {name} was replaced")));
                }
            }
        }
        Ok(own)
    }
}
