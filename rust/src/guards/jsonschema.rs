//! SkyPilot's validator of JSON schemas: the class that jsonschema has made for it, and what that class reaches.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::Obstacle;
use super::identity::{entry, is_class, member, module_of, package, text_of};
use super::resolve::Resolver;
use crate::cpython::cache::Cache;
use crate::cpython::class::{c_name, dict_of, is_on_heap};
use crate::cpython::function::Function;
use crate::cpython::{Object, module};

const VALIDATORS: &str = "jsonschema.validators";
const KEYWORDS: &str = "jsonschema._keywords";
const LEGACY: &str = "jsonschema._legacy_keywords";

/// The keywords of jsonschema's draft 7, each with the function that checks it.
const DRAFT_7: &[(&str, &str, &str)] = &[
    ("$ref", KEYWORDS, "ref"),
    ("additionalItems", LEGACY, "additionalItems"),
    ("additionalProperties", KEYWORDS, "additionalProperties"),
    ("allOf", KEYWORDS, "allOf"),
    ("anyOf", KEYWORDS, "anyOf"),
    ("const", KEYWORDS, "const"),
    ("contains", LEGACY, "contains_draft6_draft7"),
    ("dependencies", LEGACY, "dependencies_draft4_draft6_draft7"),
    ("enum", KEYWORDS, "enum"),
    ("exclusiveMaximum", KEYWORDS, "exclusiveMaximum"),
    ("exclusiveMinimum", KEYWORDS, "exclusiveMinimum"),
    ("format", KEYWORDS, "format"),
    ("if", KEYWORDS, "if_"),
    ("items", LEGACY, "items_draft6_draft7_draft201909"),
    ("maxItems", KEYWORDS, "maxItems"),
    ("maxLength", KEYWORDS, "maxLength"),
    ("maxProperties", KEYWORDS, "maxProperties"),
    ("maximum", KEYWORDS, "maximum"),
    ("minItems", KEYWORDS, "minItems"),
    ("minLength", KEYWORDS, "minLength"),
    ("minProperties", KEYWORDS, "minProperties"),
    ("minimum", KEYWORDS, "minimum"),
    ("multipleOf", KEYWORDS, "multipleOf"),
    ("not", KEYWORDS, "not_"),
    ("oneOf", KEYWORDS, "oneOf"),
    ("pattern", KEYWORDS, "pattern"),
    ("patternProperties", KEYWORDS, "patternProperties"),
    ("properties", KEYWORDS, "properties"),
    ("propertyNames", KEYWORDS, "propertyNames"),
    ("required", KEYWORDS, "required"),
    ("type", KEYWORDS, "type"),
    ("uniqueItems", KEYWORDS, "uniqueItems"),
];

/// The keywords that SkyPilot adds, checked by functions of these names beside its own.
const ADDED: &[&str] = &["case_insensitive_enum", "case_sensitive_enum"];

/// The methods that a check of a value calls.
const METHODS: &[&str] =
    &["__attrs_post_init__", "__init__", "descend", "evolve", "is_type", "is_valid", "iter_errors", "validate"];

/// What is in the class's body besides, and has no say.
const UNUSED: &[&str] = &[
    "ID_OF",
    "_APPLICABLE_VALIDATORS",
    "__getstate__",
    "__init_subclass__",
    "__ne__",
    "__replace__",
    "__setstate__",
    "check_schema",
    "resolver",
];

/// The modules whose functions and classes the check goes through.
const MODULES: &[&str] = &[
    KEYWORDS,
    LEGACY,
    VALIDATORS,
    "jsonschema._types",
    "jsonschema._utils",
    "jsonschema.exceptions",
    "referencing._core",
    "referencing.jsonschema",
];

/// The packages that these modules import from.
const PACKAGES: &[&str] = &[
    "__future__",
    "attr",
    "collections",
    "contextlib",
    "enum",
    "fractions",
    "functools",
    "jsonschema",
    "operator",
    "pprint",
    "re",
    "referencing",
    "rpds",
    "textwrap",
    "typing",
    "typing_extensions",
    "urllib",
];

/// The modules of Python's own that the check goes through.
const PYTHONS: &[(&str, &str)] = &[("re", "search"), ("re", "_compile")];

fn changed(what: &str) -> Obstacle {
    Obstacle::Changed(what.to_owned())
}

impl<'py> Resolver<'_, 'py> {
    /// What `functools.lru_cache` makes of SkyPilot's function. Pending until the function was called.
    pub(super) fn schema_validator(&mut self, object: &Object<'py>) -> Result<(), Obstacle> {
        let cache = Cache::of(object).ok_or_else(|| changed("is no functools.lru_cache"))?;
        self.snapshot.hold(object);
        let home = module_of(&cache.function);
        if !matches!(&*home, "sky.utils.validator" | "sky_rust.reference.validator") {
            return Err(changed("is not SkyPilot's"));
        }
        self.function(cache.function.object(), &home, "get_schema_validator")?;
        let globals = cache.function.globals().ok_or_else(|| changed("has no globals"))?;
        self.raises_own_errors(&globals)?;
        if self.snapshot.look_at_all(&cache.entries)?.is_empty() {
            return Err(Obstacle::Pending("SkyPilot has not made its validator yet".to_owned()));
        }
        let mut classes = cache.held.iter().filter_map(|it| it.cast::<PyType>().ok());
        let class = classes.find(|class| is_class(class, VALIDATORS, "Validator"));
        self.validator(class.ok_or_else(|| changed("gives another class"))?, &home)?;
        MODULES.iter().try_for_each(|name| {
            let own = self.imported(name)?;
            self.module_of_library(&own, name).map_err(|it| Obstacle::Changed(format!("{name}: {}", it.reason())))
        })?;
        PYTHONS.iter().try_for_each(|(name, function)| {
            let own = self.imported(name)?;
            let found = self.snapshot.look(&own, function)?.ok_or_else(|| changed("lacks a function"))?;
            self.function(&found, name, function)
        })
    }

    /// SkyPilot's module makes jsonschema's own errors.
    fn raises_own_errors(&mut self, globals: &Bound<'py, PyDict>) -> Result<(), Obstacle> {
        let top = self.snapshot.look(globals, "jsonschema")?.and_then(|it| module::exact(&it));
        let top = top.ok_or_else(|| changed("has another jsonschema"))?;
        let error = self.snapshot.look(&top.dict(), "ValidationError")?;
        let is_own = error.is_some_and(|error| {
            error.cast::<PyType>().is_ok_and(|class| is_class(class, "jsonschema.exceptions", "ValidationError"))
        });
        if is_own { Ok(()) } else { Err(changed("has another jsonschema.ValidationError")) }
    }

    /// The attributes of a module that is imported.
    fn imported(&mut self, name: &str) -> Result<Bound<'py, PyDict>, Obstacle> {
        let all = module::imported(self.py).ok_or_else(|| changed("there is no sys.modules"))?;
        let found = self.snapshot.look(&all, name)?.and_then(|it| module::exact(&it));
        found.map(|it| it.dict()).ok_or_else(|| Obstacle::Changed(format!("{name} is not imported")))
    }

    /// The class: jsonschema's own methods, its own functions for draft 7, and SkyPilot's two, from the module `home`.
    fn validator(&mut self, class: &Bound<'py, PyType>, home: &str) -> Result<(), Obstacle> {
        let own = dict_of(class).ok_or_else(|| changed("has no attributes"))?;
        if !class.get_type().is(self.py.get_type::<PyType>()) || class.mro().len() != 2 {
            return Err(changed("has another base"));
        }
        self.snapshot.hold(class);
        let mut methods = 0;
        for (key, value) in self.snapshot.look_at_all(&own)? {
            let key = text_of(&key).ok_or_else(|| changed("has an attribute without a name"))?;
            if UNUSED.contains(&&*key) {
                continue;
            }
            if Function::of(&value).is_some() {
                self.method(&value, &key)?;
                methods += usize::from(METHODS.contains(&&*key));
            } else if is_behaviour(&value) {
                return Err(Obstacle::Changed(format!("has another {key}")));
            }
        }
        if methods != METHODS.len() {
            return Err(changed("lacks a method"));
        }
        let keywords = entry(&own, "VALIDATORS").and_then(|it| it.cast_into_exact::<PyDict>().ok());
        self.keywords(&keywords.ok_or_else(|| changed("has no keywords"))?, home)?;
        let types = self.imported("jsonschema._types")?;
        let draft_7 = self.snapshot.look(&types, "draft7_type_checker")?;
        match (entry(&own, "TYPE_CHECKER"), draft_7) {
            (Some(own), Some(draft_7)) if own.is(&draft_7) => Ok(()),
            _ => Err(changed("has other types")),
        }
    }

    /// A method of the class: one from the file of jsonschema's, or one that attrs has made for it. Its defaults are None.
    fn method(&mut self, value: &Object<'py>, key: &str) -> Result<(), Obstacle> {
        let replaced = || Obstacle::Changed(format!("has another {key}"));
        let function = Function::of(value).ok_or_else(replaced)?;
        self.snapshot.watch_function(&function);
        let qualified = function.qualified_name().and_then(|it| text_of(&it)).unwrap_or_default();
        let code = function.code().ok_or_else(replaced)?;
        let (file, name) = (member(&code, "co_filename"), member(&code, "co_name"));
        let file = file.and_then(|it| text_of(&it)).unwrap_or_default();
        let own_file = function.globals().and_then(|it| entry(&it, "__file__")).and_then(|it| text_of(&it));
        let is_own_code = own_file.as_ref() == Some(&file) || file.starts_with("<attrs generated ");
        let has_plain_defaults = match function.defaults() {
            None => true,
            Some(defaults) => defaults.try_iter().is_ok_and(|mut it| it.all(|one| one.is_ok_and(|one| one.is_none()))),
        };
        let same = module_of(&function) == VALIDATORS
            && qualified == format!("create.<locals>.Validator.{key}")
            && name.and_then(|it| text_of(&it)).as_deref() == Some(key)
            && is_own_code
            && has_plain_defaults;
        if same { Ok(()) } else { Err(replaced()) }
    }

    /// The dict from keywords to functions.
    fn keywords(&mut self, keywords: &Bound<'py, PyDict>, home: &str) -> Result<(), Obstacle> {
        let entries = self.snapshot.look_at_all(keywords)?;
        if entries.len() != DRAFT_7.len() + ADDED.len() {
            return Err(changed("has other keywords"));
        }
        for (key, function) in entries {
            let key = text_of(&key).unwrap_or_default();
            if let Some((_, module, name)) = DRAFT_7.iter().find(|(own, ..)| *own == key) {
                self.function(&function, module, name)?;
            } else if ADDED.contains(&&*key) {
                self.function(&function, home, &key)?;
            } else {
                return Err(Obstacle::Changed(format!("has another keyword: {key}")));
            }
        }
        Ok(())
    }

    /// A module of jsonschema, or of referencing: its own functions and classes, and what it imports.
    fn module_of_library(&mut self, own: &Bound<'py, PyDict>, name: &str) -> Result<(), Obstacle> {
        for (key, value) in self.snapshot.look_at_all(own)? {
            let key = text_of(&key).ok_or_else(|| changed("has a global that is no name"))?;
            if key.starts_with("__") {
                continue; // what the import system made
            }
            let replaced = || Obstacle::Changed(format!("has another {key}"));
            if let Some(function) = Function::of(&value) {
                let (home, own_name) = (module_of(&function), function.name().and_then(|it| text_of(&it)));
                let is_known = home == name || is_of_library(&home);
                if !is_known || own_name.is_none() {
                    return Err(replaced());
                }
                self.function(&value, &home, &own_name.unwrap_or_default())?;
                if home == name && !value.is(&entry(own, &key).ok_or_else(replaced)?) {
                    return Err(replaced());
                }
            } else if let Ok(class) = value.cast::<PyType>() {
                let home = dict_of(class).and_then(|own| entry(&own, "__module__")).and_then(|own| text_of(&own));
                let home = home.unwrap_or_default();
                if is_on_heap(class) && !is_of_library(&home) {
                    return Err(replaced());
                }
                if home == name {
                    self.class_of_library(class).map_err(|_| replaced())?;
                }
            } else if module::exact(&value).is_none() && !is_data_of_library(&value) {
                return Err(replaced());
            }
        }
        Ok(())
    }

    /// A class of such a module, whose methods are all from there, or from attrs.
    fn class_of_library(&mut self, class: &Bound<'py, PyType>) -> Result<(), Obstacle> {
        let own = dict_of(class).ok_or_else(|| changed("has no attributes"))?;
        self.snapshot.hold(class);
        for (_, value) in self.snapshot.look_at_all(&own)? {
            let function = match c_name(&value.get_type()) {
                b"classmethod" | b"staticmethod" => member(&value, "__func__"),
                b"property" => member(&value, "fget"),
                _ => Some(value.clone()),
            };
            match function.as_ref().and_then(Function::of) {
                Some(function) if is_of_library(&module_of(&function)) => self.snapshot.watch_function(&function),
                Some(_) => return Err(changed("has another method")),
                None if !is_behaviour(&value) || is_data_of_library(&value) => {}
                None => return Err(changed("has another attribute")),
            }
        }
        Ok(())
    }
}

/// Whether a module is one that these modules import from.
fn is_of_library(module: &str) -> bool {
    PACKAGES.contains(&package(module))
}

/// Whether an object's class is one that these modules import, or is built in.
fn is_data_of_library(value: &Object<'_>) -> bool {
    let class = value.get_type();
    if !is_on_heap(&class) {
        return true;
    }
    let home = dict_of(&class).and_then(|own| entry(&own, "__module__")).and_then(|own| text_of(&own));
    home.is_some_and(|home| is_of_library(&home))
}

/// Whether an object in a class's body may be called in a method's place, or computes an attribute.
fn is_behaviour(value: &Object<'_>) -> bool {
    let class = value.get_type();
    match c_name(&class) {
        b"member_descriptor" | b"getset_descriptor" => false,
        b"builtin_function_or_method" | b"method" | b"property" | b"staticmethod" | b"classmethod" => true,
        _ => is_on_heap(&class) && value.is_callable(),
    }
}
