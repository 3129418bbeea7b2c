//! Checks of what an object is: each says in words why the object is not what a guard asks for.
//!
//! None of them runs code of the object's: dicts are read with `str` keys, and the attributes that are read are members of
//! built-in classes.

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyInt, PyModule, PyString, PyType};

use crate::cpython::Object;
use crate::cpython::class::{c_name, dict_of, is_on_heap};
use crate::cpython::function::Function;

/// The outcome of a check.
pub type Checked = Result<(), String>;

/// The text of a `str`; `None` for other objects, and for a `str` that has no UTF-8.
pub fn text_of(object: &Bound<'_, PyAny>) -> Option<String> {
    object.cast::<PyString>().ok()?.to_str().ok().map(str::to_owned)
}

/// The value in a dict under a `str`.
pub fn entry<'py>(dict: &Bound<'py, PyDict>, key: &str) -> Option<Object<'py>> {
    dict.get_item(key).ok().flatten()
}

/// The name of a module that Python code runs in: the `__name__` in its globals.
pub fn module_of(function: &Function<'_>) -> String {
    let name = function.globals().and_then(|globals| entry(&globals, "__name__"));
    name.and_then(|name| text_of(&name)).unwrap_or_default()
}

/// The built-in class or function of that name.
pub fn builtin(object: &Object<'_>, name: &str) -> Checked {
    if let Ok(class) = object.cast::<PyType>() {
        let same = !is_on_heap(class) && c_name(class) == name.as_bytes();
        return if same { Ok(()) } else { Err("is not the builtin class".to_owned()) };
    }
    c_function(object, name, &["builtins", "_io", "io"])
}

/// The C function of that name, of one of these modules.
pub fn c_function(object: &Object<'_>, name: &str, modules: &[&str]) -> Checked {
    if object.is_exact_instance_of::<PyCFunction>() {
        let text = |attribute: &str| object.getattr(attribute).ok().and_then(|it| text_of(&it));
        let own_name = text("__name__").is_some_and(|own| own == name);
        let own_module = text("__module__").is_some_and(|own| modules.contains(&&*own));
        if own_name && own_module {
            return Ok(());
        }
    }
    Err(format!("is not {}'s own C function", modules[0]))
}

/// A function with the name `name` from `module`, whose code is from that module's file.
pub fn function(function: &Function<'_>, module: &str, name: &str) -> Checked {
    let own_name = function.name().and_then(|own| text_of(&own)).unwrap_or_default();
    // hashlib gives its `new` another name than it was made with.
    let same_name = own_name == name || (module == "hashlib" && own_name.ends_with(name));
    if module_of(function) != module || !same_name {
        return Err(format!("is not {module}.{name}"));
    }
    // Code from elsewhere, put into the module's own function, keeps the name of the file that it is from.
    let file = function.code().and_then(|code| code.getattr("co_filename").ok()).and_then(|file| text_of(&file));
    let file = file.ok_or("has no code")?;
    let own = function.globals().and_then(|globals| entry(&globals, "__file__")).and_then(|own| text_of(&own));
    if file.starts_with("<frozen ") || own.is_some_and(|own| own == file) {
        return Ok(());
    }
    Err(format!("has code that is not {module}'s"))
}

/// Whether it is the Python class `module.name`.
pub fn is_class(class: &Bound<'_, PyType>, module: &str, name: &str) -> bool {
    is_on_heap(class)
        && c_name(class) == name.as_bytes()
        && dict_of(class)
            .and_then(|own| entry(&own, "__module__"))
            .and_then(|own| text_of(&own))
            .is_some_and(|own| own == module)
}

/// An entry of a class's body that its own module put there, under its own name.
pub fn class_entry(key: &Object<'_>, value: &Object<'_>, module: &str) -> Checked {
    if is_foreign(value, module) || is_renamed(value, key) {
        return Err(text_of(key).unwrap_or_default());
    }
    Ok(())
}

fn package(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Whether a class of `module` wouldn't have this in its body: a function from another package, or an object that only
/// looks like a function (a mock).
fn is_foreign(value: &Object<'_>, module: &str) -> bool {
    if let Some(function) = Function::of(value) {
        let from = module_of(&function);
        if from == "contextlib" {
            // The function is a decorator's, which holds the one that was in the body in its own dict.
            let wrapped = value.getattr("__wrapped__");
            return wrapped.map_or(true, |wrapped| is_foreign(&wrapped, module));
        }
        return package(&from) != package(module);
    }
    let class = value.get_type();
    let inner = match c_name(&class) {
        b"property" => Some("fget"),
        b"staticmethod" | b"classmethod" => Some("__func__"),
        _ => None,
    };
    if let (Some(inner), false) = (inner, is_on_heap(&class)) {
        return value.getattr(inner).map_or(true, |inner| !inner.is_none() && is_foreign(&inner, module));
    }
    // In the body of a Python class, a C function or a bound method was put there later.
    let is_bound = matches!(c_name(&class), b"builtin_function_or_method" | b"method");
    is_bound || (value.is_callable() && !value.is_instance_of::<PyType>() && is_on_heap(&class))
}

/// Whether a function is in its class under a name that isn't its own.
fn is_renamed(value: &Object<'_>, key: &Object<'_>) -> bool {
    /// Methods that `logging.Logger` and psutil's classes have under two names.
    const ALIASES: &[(&str, &str)] = &[("fatal", "critical"), ("warn", "warning"), ("__repr__", "__str__")];
    let Some(function) = Function::of(value) else { return false };
    let own = function.qualified_name().and_then(|name| text_of(&name)).unwrap_or_default();
    let own = own.rsplit('.').next().unwrap_or_default();
    let key = text_of(key).unwrap_or_default();
    own != key && !ALIASES.contains(&(&*key, own))
}

/// A module, and no instance of a subclass.
pub fn exact_module<'py>(object: &Object<'py>) -> Option<Bound<'py, PyModule>> {
    object.clone().cast_into_exact().ok()
}

/// An int (or a member of an IntEnum) of that value.
pub fn number(object: &Object<'_>, value: i64) -> Checked {
    let is_it = object.is_instance_of::<PyInt>() && object.extract::<i64>().is_ok_and(|own| own == value);
    if is_it { Ok(()) } else { Err(format!("is not {value}")) }
}

/// One of these strings.
pub fn one_of(object: &Object<'_>, texts: &[&str]) -> Checked {
    let is_one = object.is_exact_instance_of::<PyString>() && text_of(object).is_some_and(|own| texts.contains(&&*own));
    if is_one { Ok(()) } else { Err(format!("is none of {}", texts.join(", "))) }
}
