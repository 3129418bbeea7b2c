//! Checks of what an object is: each says in words why the object is not what a guard asks for.
//!
//! None of them runs code of the object's: dicts are read with `str` keys, and the attributes that are read are members of
//! built-in classes.

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyString, PyType};

use crate::cpython::Object;
use crate::cpython::class::{c_name, dict_of, is_on_heap, is_open};
use crate::cpython::error::Forget;
use crate::cpython::function::Function;
use crate::cpython::number::any_int;
use crate::cpython::object::{attribute, item};
pub use crate::cpython::text::utf8 as text_of;
use crate::cpython::text::{interned, is_same};

/// The outcome of a check.
pub type Checked = Result<(), String>;

/// The value in a dict under a `str`.
pub fn entry<'py>(dict: &Bound<'py, PyDict>, key: &str) -> Option<Object<'py>> {
    let py = dict.py();
    interned(py, key).and_then(|key| item(dict, &key)).or_forget(py).ok().flatten()
}

/// An attribute that is a member of a built-in class, or in a function's own dict.
pub fn member<'py>(object: &Object<'py>, name: &str) -> Option<Object<'py>> {
    let py = object.py();
    interned(py, name).and_then(|name| attribute(object, &name)).or_forget(py).ok()
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
        let text = |name: &str| member(object, name).and_then(|it| text_of(&it));
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
    // Code from elsewhere, put into the module's own function, keeps its name, and that of the file that it is from.
    let code = function.code().ok_or("has no code")?;
    let file = member(&code, "co_filename").ok_or("has no code")?;
    if member(&code, "co_name").and_then(|own| text_of(&own)).unwrap_or_default() != own_name {
        return Err(format!("has the code of another function of {module}"));
    }
    let own = function.globals().and_then(|globals| entry(&globals, "__file__"));
    let is_frozen = text_of(&file).is_some_and(|file| file.starts_with("<frozen "));
    if is_frozen || own.is_some_and(|own| is_same(&own, &file)) {
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

/// A class of a C module, whose attributes can't be set.
pub fn c_class(object: &Object<'_>, name: &str) -> Checked {
    let is_it = object.cast::<PyType>().is_ok_and(|class| c_name(class) == name.as_bytes() && !is_open(class));
    if is_it { Ok(()) } else { Err(format!("is not {name}")) }
}

/// An entry of a class's body that its own module put there, under its own name.
pub fn class_entry(key: &Object<'_>, value: &Object<'_>, module: &str) -> Checked {
    if is_foreign(value, module) || is_renamed(value, key) {
        return Err(text_of(key).unwrap_or_default());
    }
    Ok(())
}

/// The package that a module is in.
pub fn package(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Whether a class of `module` wouldn't have this in its body: a function from another package, or an object that only
/// looks like a function (a mock).
fn is_foreign(value: &Object<'_>, module: &str) -> bool {
    if let Some(function) = Function::of(value) {
        let from = module_of(&function);
        if from == "contextlib" {
            // The function is a decorator's, which holds the one that was in the body in its own dict.
            return member(value, "__wrapped__").is_none_or(|wrapped| is_foreign(&wrapped, module));
        }
        return package(&from) != package(module);
    }
    let class = value.get_type();
    if let Some(inner) = wrapper_of(value) {
        return member(value, inner).is_none_or(|inner| !inner.is_none() && is_foreign(&inner, module));
    }
    // In the body of a Python class, a C function or a bound method was put there later.
    let is_bound = matches!(c_name(&class), b"builtin_function_or_method" | b"method");
    is_bound || (value.is_callable() && !value.is_instance_of::<PyType>() && is_on_heap(&class))
}

/// The attribute in which a property, or a class's or static method, has its function; `None` for other objects.
fn wrapper_of(value: &Object<'_>) -> Option<&'static str> {
    let class = value.get_type();
    match c_name(&class) {
        _ if is_on_heap(&class) => None,
        b"property" => Some("fget"),
        b"staticmethod" | b"classmethod" => Some("__func__"),
        _ => None,
    }
}

/// The function behind a property, or a class's or static method, and every other object itself.
pub fn behind<'py>(value: &Object<'py>) -> Object<'py> {
    wrapper_of(value).and_then(|inner| member(value, inner)).unwrap_or_else(|| value.clone())
}

/// Whether a function is in its class under a name that isn't its own.
fn is_renamed(value: &Object<'_>, key: &Object<'_>) -> bool {
    /// Methods that `logging.Logger`, psutil's and pendulum's classes have under two names.
    const ALIASES: &[(&str, &str)] = &[
        ("fatal", "critical"),
        ("warn", "warning"),
        ("__repr__", "__str__"),
        ("is_birthday", "is_anniversary"),
        ("__radd__", "__add__"),
        ("__rmul__", "__mul__"),
        ("__div__", "__floordiv__"),
    ];
    let Some(function) = Function::of(value) else { return false };
    let own = function.qualified_name().and_then(|name| text_of(&name)).unwrap_or_default();
    let own = own.rsplit('.').next().unwrap_or_default();
    let key = text_of(key).unwrap_or_default();
    own != key && !ALIASES.contains(&(&*key, own))
}

/// An int (or a member of an IntEnum) of that value.
pub fn number(object: &Object<'_>, value: i64) -> Checked {
    if any_int(object) == Some(value) { Ok(()) } else { Err(format!("is not {value}")) }
}

/// One of these strings.
pub fn one_of(object: &Object<'_>, texts: &[&str]) -> Checked {
    let is_one = object.is_exact_instance_of::<PyString>() && text_of(object).is_some_and(|own| texts.contains(&&*own));
    if is_one { Ok(()) } else { Err(format!("is none of {}", texts.join(", "))) }
}
