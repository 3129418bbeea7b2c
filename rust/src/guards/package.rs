//! A library's module as its file defines it: for originals that go through most of what is in there.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use sha2::{Digest, Sha256};

use super::Obstacle;
use super::identity::{class_entry, entry, is_class, member, module_of, package, text_of};
use super::library::hex;
use super::resolve::Resolver;
use crate::cpython::class::{c_name, dict_of, is_on_heap};
use crate::cpython::function::Function;
use crate::cpython::{Object, module};

impl<'py> Resolver<'_, 'py> {
    /// A module of that name, of whose globals none is foreign and none hides a builtin. The defaults of all its functions
    /// have that digest.
    pub(super) fn own_module(&mut self, object: &Object<'py>, name: &str, digest: &str) -> Result<(), Obstacle> {
        let mut defaults = Vec::new();
        let own = module::exact(object).ok_or_else(|| "is no module".to_owned())?.dict();
        let builtins = module::builtins(self.py).ok_or_else(|| "there are no builtins".to_owned())?;
        if entry(&own, "__name__").and_then(|own| text_of(&own)).as_deref() != Some(name) {
            return Err(Obstacle::Changed(format!("is not {name}")));
        }
        for (key, value) in self.snapshot.look_at_all(&own)? {
            let key = text_of(&key).ok_or_else(|| "has a global that is no name".to_owned())?;
            if key.starts_with("__") {
                continue; // what the import system made
            }
            if entry(&builtins, &key).is_some() {
                return Err(Obstacle::Changed(format!("{key} hides the builtin")));
            }
            let checked = self.global(&key, &value, name, &mut defaults);
            checked.map_err(|it| Obstacle::Changed(format!("{key} {}", it.reason())))?;
        }
        defaults.sort();
        let found = hex(&Sha256::digest(defaults.join("\n").as_bytes()));
        if found == digest { Ok(()) } else { Err(Obstacle::Changed(format!("has other defaults ({found})"))) }
    }

    /// A global of module `name`: a function or a class of its package, or a module that it imports.
    fn global(
        &mut self,
        key: &str,
        value: &Object<'py>,
        name: &str,
        defaults: &mut Vec<String>,
    ) -> Result<(), Obstacle> {
        let foreign = || Obstacle::Changed("was replaced".to_owned());
        if let Some(imported) = module::exact(value) {
            let imported = entry(&imported.dict(), "__name__").and_then(|own| text_of(&own));
            return if imported.is_some_and(|own| own == key) { Ok(()) } else { Err(foreign()) };
        }
        if let Some(function) = Function::of(value) {
            if module_of(&function) != name {
                return Err(foreign());
            }
            self.function(value, name, key)?;
            defaults.push(self.defaults(key, &function)?);
            return Ok(());
        }
        let class = value.cast::<PyType>().map_err(|_| foreign())?;
        if is_of_c_package(class, package(name), key) {
            return Ok(());
        }
        let home = dict_of(class).and_then(|own| entry(&own, "__module__")).and_then(|own| text_of(&own));
        let home =
            home.filter(|home| package(home) == package(name) && is_class(class, home, key)).ok_or_else(foreign)?;
        if home == name {
            return self.own_class(class, name, defaults);
        }
        // Another module's: the one that is there now.
        let other = module::imported(self.py).and_then(|imported| module::exact(&entry(&imported, &home)?));
        let there = other.map(|other| self.snapshot.look(&other.dict(), key)).transpose()?.flatten();
        if there.is_some_and(|there| there.is(value)) { Ok(()) } else { Err(foreign()) }
    }

    /// A class of that module, in which everything that can be called is a function that was defined there.
    fn own_class(
        &mut self,
        class: &Bound<'py, PyType>,
        module: &str,
        defaults: &mut Vec<String>,
    ) -> Result<(), Obstacle> {
        let own: Bound<'py, PyDict> = dict_of(class).ok_or_else(|| "has no attributes".to_owned())?;
        let is_plain = class.get_type().is(self.py.get_type::<PyType>());
        let replaced = |key: String| Obstacle::Changed(format!("has another {key}"));
        if !is_plain {
            return Err(Obstacle::Changed("has a metaclass".to_owned()));
        }
        self.snapshot.hold(class);
        for (key, value) in self.snapshot.look_at_all(&own)? {
            class_entry(&key, &value, module).map_err(replaced)?;
            let name = text_of(&key).ok_or_else(|| replaced("attribute".to_owned()))?;
            let descriptor = value.get_type();
            let function = match c_name(&descriptor) {
                b"function" => value,
                b"classmethod" | b"staticmethod" if !is_on_heap(&descriptor) => {
                    member(&value, "__func__").ok_or_else(|| replaced(name.clone()))?
                }
                _ => continue, // data: other guards look at what counts
            };
            self.function(&function, module, &name)?;
            let function = Function::of(&function).ok_or_else(|| replaced(name.clone()))?;
            let text = |object: Option<Object<'py>>| object.and_then(|it| text_of(&it)).unwrap_or_default();
            let qualified = format!("{}.{name}", String::from_utf8_lossy(c_name(class)));
            let code = text(function.code().and_then(|code| member(&code, "co_name")));
            if text(function.qualified_name().map(Bound::into_any)) != qualified || code != name {
                return Err(replaced(name));
            }
            defaults.push(self.defaults(&qualified, &function)?);
        }
        Ok(())
    }

    /// A function's defaults, as text behind its name.
    fn defaults(&mut self, name: &str, function: &Function<'py>) -> Result<String, Obstacle> {
        if function.keyword_defaults().is_some() {
            return Err(Obstacle::Changed(format!("has defaults of keywords in {name}")));
        }
        let defaults = function.defaults().map(|it| self.content(&it, 2)).transpose()?;
        Ok(format!("{name} {}", defaults.unwrap_or_default()))
    }
}

/// Whether it is the class of that name of a C module in the package, whose attributes can't be set.
fn is_of_c_package(class: &Bound<'_, PyType>, of: &str, name: &str) -> bool {
    let full = String::from_utf8_lossy(c_name(class));
    !is_on_heap(class) && full.rsplit_once('.').is_some_and(|(home, own)| package(home) == of && own == name)
}
