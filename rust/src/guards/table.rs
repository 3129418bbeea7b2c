//! Tables in which a library keeps what was registered: for originals that look into them.

use std::fmt::Write;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};
use sha2::{Digest, Sha256};

use super::identity::{entry, member, module_of, text_of};
use super::library::hex;
use super::pendulum;
use super::resolve::Resolver;
use super::{Handle, Obstacle};
use crate::cpython::class::{c_name, dict_of, is_of_c_module, is_on_heap};
use crate::cpython::function::Function;
use crate::cpython::{Object, number};

impl<'py> Resolver<'_, 'py> {
    /// A dict that leads from these texts, or built-in classes, to these functions of that module.
    pub(super) fn methods(
        &mut self,
        object: &Object<'py>,
        module: &str,
        methods: &[(&str, &str)],
    ) -> Result<(), Obstacle> {
        let dict = object.cast_exact::<PyDict>().map_err(|_| "is no dict".to_owned())?;
        let mut found = 0;
        for (key, value) in self.snapshot.look_at_all(dict)? {
            let name = match key.cast::<PyType>() {
                Ok(class) if is_on_heap(class) => continue,
                Ok(class) => String::from_utf8_lossy(c_name(class)).into_owned(),
                Err(_) => text_of(&key).unwrap_or_default(),
            };
            let Some((of, method)) = methods.iter().find(|(of, _)| *of == name) else { continue };
            found += 1;
            self.function(&value, module, method.rsplit('.').next().unwrap_or(method))?;
            let qualified = Function::of(&value).and_then(|it| it.qualified_name()).and_then(|it| text_of(&it));
            if qualified.as_deref() != Some(method) {
                return Err(Obstacle::Changed(format!("{of} has another function")));
            }
        }
        if found == methods.len() { Ok(()) } else { Err(Obstacle::Changed("lacks some of its own".to_owned())) }
    }

    /// Data with that digest. Everything in it that can change is watched.
    pub(super) fn table(&mut self, object: &Object<'py>, digest: &str) -> Result<(), Obstacle> {
        let content = self.content(object, 4)?;
        let found = hex(&Sha256::digest(content.as_bytes()));
        if found == digest { Ok(()) } else { Err(Obstacle::Changed(format!("has other content ({found})"))) }
    }

    /// A dict in which that class is no key.
    pub(super) fn unregistered(&mut self, object: &Object<'py>, handle: &'static Handle) -> Result<(), Obstacle> {
        let dict = object.cast_exact::<PyDict>().map_err(|_| "is no dict".to_owned())?;
        let class = self.snapshot.get(self.py, handle).map_err(|_| "comes before the class".to_owned())?;
        let entries = self.snapshot.look_at_all(dict)?;
        if entries.iter().any(|(key, _)| key.is(&class)) {
            return Err(Obstacle::Changed("has something for the class".to_owned()));
        }
        Ok(())
    }

    /// Data as text: different data has different text.
    pub(super) fn content(&mut self, object: &Object<'py>, depth: usize) -> Result<String, String> {
        let inside = depth.checked_sub(1).ok_or("is nested too deep")?;
        let mut text = String::new();
        if object.is_none() {
            text.push_str("None");
        } else if let Some(value) = number::bool(object) {
            text.push_str(if value { "True" } else { "False" });
        } else if object.is_exact_instance_of::<PyString>() {
            write!(text, "{:?}", text_of(object).ok_or("has a text with surrogates")?).map_err(|it| it.to_string())?;
        } else if object.is_exact_instance_of::<PyInt>() {
            text = number::int(object).ok_or("has too long an int")?.to_string();
        } else if object.is_exact_instance_of::<PyFloat>() {
            text = format!("{:?}", number::float(object));
        } else if let Ok(dict) = object.cast_exact::<PyDict>() {
            let mut entries = Vec::new();
            for (key, value) in self.snapshot.look_at_all(dict)? {
                entries.push(format!("{}: {}", self.content(&key, inside)?, self.content(&value, inside)?));
            }
            entries.sort();
            text = format!("{{{}}}", entries.join(", "));
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            let items = self.snapshot.look_at_items(list);
            text = format!("[{}]", self.contents(items, inside)?);
        } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            text = format!("({})", self.contents(tuple.iter().collect(), inside)?);
        } else if let Ok(class) = object.cast::<PyType>() {
            let module = dict_of(class).and_then(|own| entry(&own, "__module__")).and_then(|own| text_of(&own));
            text = format!("class {}.{}", module.unwrap_or_default(), String::from_utf8_lossy(c_name(class)));
        } else if let Some(function) = Function::of(object) {
            let name = function.name().and_then(|own| text_of(&own)).unwrap_or_default();
            let module = module_of(&function);
            self.function(object, &module, &name).map_err(|it| it.reason().to_owned())?;
            text = format!("function {module}.{name}");
        } else if let Some(key) = pendulum::zone_key(object) {
            text = format!("zone {key:?}");
        } else if is_of_c_module(object, &["re"]) && c_name(&object.get_type()) == b"re.Pattern" {
            let pattern = member(object, "pattern").and_then(|it| text_of(&it)).ok_or("has another pattern")?;
            let flags = member(object, "flags").and_then(|it| number::int(&it)).ok_or("has another pattern")?;
            text = format!("re.compile({pattern:?}, {flags})");
        } else {
            return Err("has an object of another type".to_owned());
        }
        Ok(text)
    }

    fn contents(&mut self, items: Vec<Object<'py>>, depth: usize) -> Result<String, String> {
        let items: Result<Vec<_>, _> = items.iter().map(|item| self.content(item, depth)).collect();
        Ok(items?.join(", "))
    }
}
