//! What an original looks up, and whether it still is what it was.
//!
//! Every native declares its [`Pin`]s: the names that its original would look up, each with what the object behind it *is*
//! (a C function of that name in that module, a Python function from that module's own file), never what happened to be
//! there when somebody looked first. A [`World`] is the result of walking them all once. It stays valid as long as no
//! dict on the way has changed ([`super::watch`]) and no pinned function has got another code or other defaults: a few
//! words to compare at each call. If anything isn't what it was, the native declines until the world changes again.

use std::ffi::CStr;

use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::prelude::*;

use super::watch::{self, Key};
use super::{Object, OrDecline, Stop};

/// One thing that an original looks up.
#[derive(Clone, Copy)]
pub struct Pin {
    /// How the original gets there, from its own globals: `os.path.isdir`; `@` steps into a function's globals.
    path: &'static str,
    is: Is,
    keep: Option<Keep>,
    /// Nothing is pinned where the original's module has no such global.
    optional: bool,
}

/// What the object at the end of a path has to be.
#[derive(Clone, Copy)]
enum Is {
    Builtin,
    CFunction(&'static [&'static str]),
    Function(&'static str),
    Helper,
    Class(&'static str, &'static str),
    Instance(&'static str, &'static str),
    ContextVar,
    Environ,
    Number(i64),
    OneOf(&'static [&'static str]),
}

/// Objects that natives use themselves, or read at each call.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Keep {
    /// The `os._Environ` at the bottom of `os.environ`.
    Environ,
    /// Its own `encodekey` and `decodevalue`.
    EncodeKey,
    /// See there.
    DecodeValue,
    /// The request's context variable, if `os.environ` is SkyPilot's per-request mapping.
    EnvironContext,
    /// The class of what that variable holds.
    ContextClass,
    /// The original's `logger`.
    Logger,
    /// `sky_logging.EnvAwareHandler`, whose level is computed.
    EnvAwareHandler,
    /// The context variable that it looks at.
    LogContext,
    /// The module `psutil`.
    Psutil,
    /// `hashlib.new`.
    HashlibNew,
    /// `os.cpu_count`.
    CpuCount,
    /// `socket.socket`.
    Socket,
}

const KEEPS: usize = Keep::Socket as usize + 1;

impl Pin {
    const fn new(path: &'static str, is: Is) -> Self {
        Self { path, is, keep: None, optional: false }
    }
    /// A builtin of that name, which no global shadows.
    pub const fn builtin(name: &'static str) -> Self {
        Self::new(name, Is::Builtin)
    }
    /// A C function, named as the path's last part, of one of these modules (CPython has renamed some).
    pub const fn c_function(path: &'static str, modules: &'static [&'static str]) -> Self {
        Self::new(path, Is::CFunction(modules))
    }
    /// A Python function from the file of that module.
    pub const fn function(path: &'static str, module: &'static str) -> Self {
        Self::new(path, Is::Function(module))
    }
    /// A Python function from the original's own module.
    pub const fn helper(name: &'static str) -> Self {
        Self::new(name, Is::Helper)
    }
    /// A class of that module with nothing foreign in it.
    pub const fn class(path: &'static str, module: &'static str, name: &'static str) -> Self {
        Self::new(path, Is::Class(module, name))
    }
    /// An instance of exactly this class, which has nothing foreign in it, and hides none of its methods.
    pub const fn instance(path: &'static str, module: &'static str, class: &'static str) -> Self {
        Self::new(path, Is::Instance(module, class))
    }
    /// `os.environ`: CPython's, or SkyPilot's per-request mapping around it.
    pub const fn environ(path: &'static str) -> Self {
        Self::new(path, Is::Environ)
    }
    /// A `ContextVar`.
    pub const fn context_var(path: &'static str) -> Self {
        Self::new(path, Is::ContextVar)
    }
    /// An int (or a member of an IntEnum) of that value.
    pub const fn number(path: &'static str, value: i64) -> Self {
        Self::new(path, Is::Number(value))
    }
    /// One of these strings.
    pub const fn one_of(path: &'static str, texts: &'static [&'static str]) -> Self {
        Self::new(path, Is::OneOf(texts))
    }
    /// The same pin, for a global that only SkyPilot's own modules have.
    pub const fn if_there(mut self) -> Self {
        self.optional = true;
        self
    }
    /// The same pin, whose object natives can ask for.
    pub const fn kept(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }
}

/// A machine word that has to stay as it was: a field of an object that the world keeps alive.
pub struct Word {
    at: *const usize,
    was: usize,
}

impl Word {
    /// # Safety
    /// `at` can be read for as long as this word is.
    pub unsafe fn now(at: *const usize) -> Self {
        // SAFETY: readable, says the caller.
        Self { at, was: unsafe { at.read() } }
    }
    /// Whether it is the word at that address.
    pub fn is_at(&self, at: *const usize) -> bool {
        self.at == at
    }
    fn holds(&self) -> bool {
        // SAFETY: readable, said who made it.
        unsafe { self.at.read() == self.was }
    }
}

/// The function that a native is on, as it was when it was attached.
#[derive(Clone, Copy)]
pub struct Own {
    /// The function.
    pub function: *mut PyObject,
    /// Its `__code__`.
    pub code: *mut PyObject,
    /// Its `__defaults__`, or null.
    pub defaults: *mut PyObject,
    /// Its `__kwdefaults__`, or null.
    pub kwdefaults: *mut PyObject,
}

/// The world as an original would see it.
pub struct World {
    epoch: u64,
    words: Vec<Word>,
    /// References that keep every word readable and every kept object alive.
    held: Vec<*mut PyObject>,
    kept: [*mut PyObject; KEEPS],
    /// Why native has to decline, if it has to.
    pub trouble: Option<String>,
}

impl World {
    /// Walks all of `pins` for `own`.
    ///
    /// # Safety
    /// Attached; `own.function` is a Python function.
    pub unsafe fn survey(own: Own, pins: &[&[Pin]]) -> Self {
        let mut survey = Survey { words: Vec::new(), held: Vec::new(), kept: [std::ptr::null_mut(); KEEPS] };
        let epoch = watch::epoch();
        // SAFETY: handed on.
        let result = unsafe {
            survey.own(own).and_then(|globals| {
                let all = pins.iter().flat_map(|group| group.iter());
                all.into_iter()
                    .try_for_each(|pin| survey.pin(globals, pin).map_err(|why| format!("{}: {why}", pin.path)))
            })
        };
        // Watching more keys while we walked moves nothing on: only changes do, and nobody ran in between.
        Self { epoch, words: survey.words, held: survey.held, kept: survey.kept, trouble: result.err() }
    }

    /// A world in which native has to decline, whatever it looks like.
    pub fn troubled(why: String) -> Self {
        let kept = [std::ptr::null_mut(); KEEPS];
        Self { epoch: watch::epoch(), words: Vec::new(), held: Vec::new(), kept, trouble: Some(why) }
    }

    /// Whether nothing has changed since.
    pub fn is_current(&self) -> bool {
        self.epoch == watch::epoch() && self.words.iter().all(Word::holds)
    }

    /// A kept object; declines if this native has none.
    pub fn kept<'py>(&self, py: Python<'py>, keep: Keep) -> Result<Object<'py>, Stop> {
        // SAFETY: null, or an object that `held` keeps alive.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, self.kept[keep as usize]) }.or_decline()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for object in self.held.drain(..) {
            // SAFETY: our own references; worlds are dropped by attached code only.
            unsafe { ffi::Py_DECREF(object) };
        }
    }
}

type Found = Result<*mut PyObject, String>;

/// A walk along pins. Everything here runs no Python code: dicts are read with exact str keys, and nothing is called.
struct Survey {
    words: Vec<Word>,
    held: Vec<*mut PyObject>,
    kept: [*mut PyObject; KEEPS],
}

/// # Safety
/// All of it: attached, and each pointer is an object that its owner keeps alive during the walk.
impl Survey {
    unsafe fn own(&mut self, own: Own) -> Found {
        // SAFETY: a function, whose fields are its own.
        unsafe {
            let function = own.function.cast::<ffi::PyFunctionObject>();
            self.function_words(own.function);
            if !own.defaults.is_null() {
                self.hold(own.defaults); // a call may be using them while somebody replaces them
            }
            let same = (*function).func_code == own.code
                && (*function).func_defaults == own.defaults
                && (*function).func_kwdefaults == own.kwdefaults;
            if !same {
                return Err("its code or its defaults were replaced since it was attached".to_owned());
            }
            Ok((*function).func_globals)
        }
    }

    unsafe fn hold(&mut self, object: *mut PyObject) {
        // SAFETY: an object; the reference is given back in World's drop.
        unsafe { ffi::Py_INCREF(object) };
        self.held.push(object);
    }

    /// The object's class, which can be assigned.
    unsafe fn class_word(&mut self, object: *mut PyObject) {
        // SAFETY: an object, held so that its class can be read.
        unsafe {
            let at = (&raw const (*object).ob_type).cast();
            if !self.words.iter().any(|word| word.is_at(at)) {
                self.hold(object);
                self.words.push(Word::now(at));
            }
        }
    }

    unsafe fn function_words(&mut self, function: *mut PyObject) {
        // SAFETY: a function, held so that its fields stay readable.
        unsafe {
            self.hold(function);
            let function = function.cast::<ffi::PyFunctionObject>();
            self.words.push(Word::now((&raw const (*function).func_code).cast()));
            self.words.push(Word::now((&raw const (*function).func_defaults).cast()));
            self.words.push(Word::now((&raw const (*function).func_kwdefaults).cast()));
        }
    }

    /// `dict[key]`, from now on watched; null if it isn't there.
    unsafe fn look(&mut self, dict: *mut PyObject, key: &str) -> Found {
        // SAFETY: a dict and a str of our own; the result is borrowed from the dict.
        unsafe {
            let key = interned(key)?;
            self.hold(dict);
            watch::watch(dict, Key::One(key), &mut self.words)?;
            let value = ffi::PyDict_GetItemWithError(dict, key);
            ffi::Py_DECREF(key);
            Ok(value)
        }
    }

    unsafe fn pin(&mut self, globals: *mut PyObject, pin: &Pin) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            let first = pin.path.split('.').next().unwrap_or(pin.path);
            if pin.optional && self.look(globals, first)?.is_null() {
                return Ok(());
            }
            let object = self.walk(globals, pin)?;
            let name = pin.path.rsplit('.').next().unwrap_or(pin.path);
            match pin.is {
                Is::Builtin => self.builtin(object, name)?,
                Is::CFunction(modules) => c_function(object, name, modules)?,
                Is::Function(module) => self.function(object, module, name)?,
                Is::Helper => {
                    let module = self.look(globals, "__name__")?;
                    self.function(object, &text_of(module), name)?;
                }
                Is::Class(module, name) => {
                    if ffi::PyType_Check(object) == 0 || !type_is(object.cast(), module, name) {
                        return Err(format!("is not {module}.{name}"));
                    }
                    self.class(object.cast())?;
                }
                Is::Instance(module, class) => {
                    self.class_word(object);
                    if !type_is(ffi::Py_TYPE(object), module, class) {
                        return Err(format!("is no {module}.{class}"));
                    }
                    self.instance(object)?;
                }
                Is::ContextVar => context_var(object)?,
                Is::Environ => self.environ(object)?,
                Is::Number(value) => {
                    if ffi::PyLong_Check(object) == 0 || ffi::PyLong_AsLong(object) as i64 != value {
                        ffi::PyErr_Clear();
                        return Err(format!("is not {value}"));
                    }
                }
                Is::OneOf(texts) => {
                    if ffi::PyUnicode_CheckExact(object) == 0 || !texts.iter().any(|text| is_text(object, text)) {
                        return Err(format!("is none of {}", texts.join(", ")));
                    }
                }
            }
            if let Some(keep) = pin.keep {
                self.keep(keep, object);
            }
            Ok(())
        }
    }

    unsafe fn keep(&mut self, keep: Keep, object: *mut PyObject) {
        // SAFETY: an object.
        unsafe { self.hold(object) };
        self.kept[keep as usize] = object;
    }

    unsafe fn walk(&mut self, globals: *mut PyObject, pin: &Pin) -> Found {
        // SAFETY: the walk's own invariant.
        unsafe {
            let mut globals = Some(globals);
            let mut object = std::ptr::null_mut();
            let mut parts = pin.path.split('.').peekable();
            while let Some(part) = parts.next() {
                if part == "@" {
                    if ffi::PyFunction_Check(object) == 0 {
                        return Err("a Python function on the way is none now".to_owned());
                    }
                    globals = Some(ffi::PyFunction_GET_GLOBALS(object));
                    continue;
                }
                object = match globals.take() {
                    None => self.member(object, part)?,
                    Some(globals) => {
                        let global = self.look(globals, part)?;
                        if global.is_null() {
                            self.look(builtins()?, part)?
                        } else if matches!(pin.is, Is::Builtin) && parts.peek().is_none() {
                            return Err("a global hides the builtin".to_owned());
                        } else {
                            global
                        }
                    }
                };
                if object.is_null() {
                    return Err(format!("there is no {part}"));
                }
            }
            Ok(object)
        }
    }

    /// What `object.name` gives, for a module, a class, one of SkyPilot's lazy imports, or the method of an instance.
    unsafe fn member(&mut self, object: *mut PyObject, name: &str) -> Found {
        // SAFETY: the walk's own invariant.
        unsafe {
            if ffi::PyType_Check(object) != 0 {
                return self.look(type_dict(object.cast()), name);
            }
            self.class_word(object);
            if ffi::PyModule_CheckExact(object) != 0 {
                return self.look(ffi::PyModule_GetDict(object), name);
            }
            if type_is(ffi::Py_TYPE(object), "sky.adaptors.common", "LazyImport") {
                self.class(ffi::Py_TYPE(object))?;
                let own = ffi::PyModule_GetDict(object);
                if !self.look(own, name)?.is_null() {
                    return Err("an attribute was set on the lazy import".to_owned());
                }
                let module = self.look(own, "_module")?;
                if module.is_null() || ffi::PyModule_CheckExact(module) == 0 {
                    return Err("not imported yet".to_owned());
                }
                return self.look(ffi::PyModule_GetDict(module), name);
            }
            // A method of an instance whose class another pin watches.
            let mro = (*ffi::Py_TYPE(object)).tp_mro;
            for index in 0..ffi::PyTuple_GET_SIZE(mro) {
                let class = ffi::PyTuple_GET_ITEM(mro, index).cast::<PyTypeObject>();
                let value = self.look(type_dict(class), name)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(std::ptr::null_mut())
        }
    }

    unsafe fn builtin(&mut self, object: *mut PyObject, name: &str) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            if ffi::PyType_Check(object) != 0 {
                let class = object.cast::<PyTypeObject>();
                let same = !is_heap(class) && CStr::from_ptr((*class).tp_name).to_bytes() == name.as_bytes();
                return if same { Ok(()) } else { Err("is not the builtin class".to_owned()) };
            }
            c_function(object, name, &["builtins", "_io", "io"])
        }
    }

    /// The function of that name in `module`, from its own file.
    unsafe fn function(&mut self, object: *mut PyObject, module: &str, name: &str) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            if ffi::PyFunction_Check(object) == 0 {
                return Err("is no Python function".to_owned());
            }
            let globals = ffi::PyFunction_GET_GLOBALS(object);
            self.look(globals, "__name__")?;
            self.function_words(object);
            // hashlib gives its `new` another name than it was made with.
            let own_name = text_of((*object.cast::<ffi::PyFunctionObject>()).func_name);
            if global_name(object) != module || !(own_name == name || (module == "hashlib" && own_name.ends_with(name)))
            {
                return Err(format!("is not {module}.{name}"));
            }
            // Code from elsewhere, put into the module's own function, keeps the name of the file that it is from.
            let code = ffi::PyFunction_GET_CODE(object);
            let file = attribute(code, "co_filename")?;
            let own = self.look(globals, "__file__")?;
            let same = is_frozen(file) || (!own.is_null() && ffi::PyUnicode_Compare(file, own) == 0);
            ffi::Py_DECREF(file);
            ffi::PyErr_Clear();
            if same { Ok(()) } else { Err(format!("has code that is not {module}'s")) }
        }
    }

    /// Nothing in the class or its Python bases was put there from elsewhere.
    unsafe fn class(&mut self, class: *mut PyTypeObject) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            let mro = (*class).tp_mro;
            for index in 0..ffi::PyTuple_GET_SIZE(mro) {
                let class = ffi::PyTuple_GET_ITEM(mro, index).cast::<PyTypeObject>();
                if !is_heap(class) || is_immutable(class) {
                    continue;
                }
                let dict = type_dict(class);
                watch::watch(dict, Key::Any, &mut self.words)?;
                self.hold(class.cast());
                let module = self.look(dict, "__module__")?;
                let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
                while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 {
                    if is_foreign(value, module) || is_renamed(value, key) {
                        return Err(format!("{}.{} was replaced", type_name(class), text_of(key)));
                    }
                }
            }
            Ok(())
        }
    }

    /// The class is clean, and no attribute of the instance hides a method.
    unsafe fn instance(&mut self, object: *mut PyObject) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            let class = ffi::Py_TYPE(object);
            self.class(class)?;
            let dict = ffi::PyObject_GenericGetDict(object, std::ptr::null_mut());
            if dict.is_null() {
                ffi::PyErr_Clear();
                return Err("has no attributes of its own".to_owned());
            }
            self.held.push(dict);
            watch::watch(dict, Key::Any, &mut self.words)?;
            // CPython 3.13 (3.13.0, seen) calls no watcher when an attribute is stored in the object's inline values, but
            // counts it: what hides a method is one attribute more.
            self.words.push(Word::now((&raw const (*dict.cast::<ffi::PyDictObject>()).ma_used).cast()));
            let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 {
                let mro = (*class).tp_mro;
                for index in 0..ffi::PyTuple_GET_SIZE(mro) {
                    let base = ffi::PyTuple_GET_ITEM(mro, index).cast::<PyTypeObject>();
                    let hidden = ffi::PyDict_GetItemWithError(type_dict(base), key);
                    if !hidden.is_null() && ffi::PyCallable_Check(hidden) != 0 {
                        return Err(format!("its method {} was replaced", text_of(key)));
                    }
                }
            }
            Ok(())
        }
    }

    unsafe fn environ(&mut self, object: *mut PyObject) -> Result<(), String> {
        // SAFETY: the walk's own invariant.
        unsafe {
            self.class_word(object);
            let class = ffi::Py_TYPE(object);
            if type_is(class, "os", "_Environ") {
                self.instance(object)?;
                let own = *self.held.last().expect("instance() has just held the attributes");
                for (name, keep) in [("encodekey", Keep::EncodeKey), ("decodevalue", Keep::DecodeValue)] {
                    let codec = self.look(own, name)?;
                    if codec.is_null() || ffi::PyFunction_Check(codec) == 0 || global_name(codec) != "os" {
                        return Err(format!("has another {name}"));
                    }
                    self.keep(keep, codec);
                }
                self.keep(Keep::Environ, object);
                return Ok(());
            }
            if !type_is(class, "sky.utils.context", "ContextualEnviron") {
                return Err("is neither CPython's nor SkyPilot's mapping".to_owned());
            }
            self.instance(object)?;
            let own = *self.held.last().expect("instance() has just held the attributes");
            let inner = self.look(own, "_environ")?;
            if inner.is_null() || !type_is(ffi::Py_TYPE(inner), "os", "_Environ") {
                return Err("wraps something that is not CPython's mapping".to_owned());
            }
            self.environ(inner)?;
            let getitem = self.look(type_dict(class), "__getitem__")?;
            if getitem.is_null() || ffi::PyFunction_Check(getitem) == 0 {
                return Err("has no __getitem__".to_owned());
            }
            let globals = ffi::PyFunction_GET_GLOBALS(getitem);
            let module = "sky.utils.context";
            self.pin(globals, &Pin::function("get", module))?;
            self.pin(globals, &Pin::context_var("_CONTEXT").kept(Keep::EnvironContext))?;
            self.pin(globals, &Pin::class("SkyPilotContext", module, "SkyPilotContext").kept(Keep::ContextClass))
        }
    }
}

unsafe fn context_var(object: *mut PyObject) -> Result<(), String> {
    // SAFETY: an object.
    if unsafe { ffi::PyContextVar_CheckExact(object) } != 0 { Ok(()) } else { Err("is no ContextVar".to_owned()) }
}

unsafe fn c_function(object: *mut PyObject, name: &str, modules: &[&str]) -> Result<(), String> {
    // SAFETY: an object; the fields read are those of every builtin function, of which `m_module` may be null.
    unsafe {
        if ffi::PyCFunction_CheckExact(object) != 0 {
            let function = object.cast::<ffi::PyCFunctionObject>();
            let module = (*function).m_module;
            let own_name = CStr::from_ptr((*(*function).m_ml).ml_name).to_bytes() == name.as_bytes();
            let own_module = !module.is_null()
                && ffi::PyUnicode_Check(module) != 0
                && modules.iter().any(|candidate| is_text(module, candidate));
            if own_name && own_module {
                return Ok(());
            }
        }
        Err(format!("is not {}'s own C function", modules[0]))
    }
}

unsafe fn interned(text: &str) -> Found {
    // SAFETY: attached; `text` is copied.
    let new = unsafe { ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as isize) };
    if new.is_null() {
        // SAFETY: attached.
        unsafe { ffi::PyErr_Clear() };
        return Err("out of memory".to_owned());
    }
    let mut new = new;
    // SAFETY: a new str of ours.
    unsafe { ffi::PyUnicode_InternInPlace(&mut new) };
    Ok(new)
}

/// An attribute that is a C member, or an entry of a function's own dict: a new reference.
unsafe fn attribute(object: *mut PyObject, name: &str) -> Found {
    // SAFETY: an object of a builtin class, whose attributes run no code of anybody's.
    unsafe {
        let key = interned(name)?;
        let value = ffi::PyObject_GetAttr(object, key);
        ffi::Py_DECREF(key);
        if value.is_null() {
            ffi::PyErr_Clear();
            return Err(format!("has no {name}"));
        }
        Ok(value)
    }
}

unsafe fn builtins() -> Found {
    // SAFETY: attached; the module is borrowed from sys.modules, and its dict from it.
    unsafe {
        let module = ffi::PyImport_AddModule(c"builtins".as_ptr());
        if module.is_null() {
            ffi::PyErr_Clear();
            return Err("there are no builtins".to_owned());
        }
        Ok(ffi::PyModule_GetDict(module))
    }
}

unsafe fn is_text(object: *mut PyObject, text: &str) -> bool {
    // SAFETY: a str; what isn't ASCII isn't any of the names that we know.
    unsafe {
        let mut length = 0;
        let data = ffi::PyUnicode_AsUTF8AndSize(object, &mut length);
        if data.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        std::slice::from_raw_parts(data.cast::<u8>(), length as usize) == text.as_bytes()
    }
}

unsafe fn text_of(object: *mut PyObject) -> String {
    // SAFETY: null or an object; only a str is read, and its UTF-8 is kept by the str.
    unsafe {
        let mut length = 0;
        if object.is_null() || ffi::PyUnicode_Check(object) == 0 {
            return "?".to_owned();
        }
        let data = ffi::PyUnicode_AsUTF8AndSize(object, &mut length);
        if data.is_null() {
            ffi::PyErr_Clear();
            return "?".to_owned();
        }
        String::from_utf8_lossy(std::slice::from_raw_parts(data.cast::<u8>(), length as usize)).into_owned()
    }
}

unsafe fn is_frozen(file: *mut PyObject) -> bool {
    // SAFETY: a str.
    unsafe { text_of(file) }.starts_with("<frozen ")
}

unsafe fn is_heap(class: *mut PyTypeObject) -> bool {
    // SAFETY: a class.
    unsafe { ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) != 0 }
}

/// Whether nobody can put anything into it: a class of a C module's, although it is on the heap.
unsafe fn is_immutable(class: *mut PyTypeObject) -> bool {
    const IMMUTABLE: std::ffi::c_ulong = 1 << 8; // Py_TPFLAGS_IMMUTABLETYPE, from CPython 3.10 on; unused before
    // SAFETY: a class.
    unsafe { ffi::PyType_HasFeature(class, IMMUTABLE) != 0 }
}

unsafe fn type_name(class: *mut PyTypeObject) -> String {
    // SAFETY: a class's name is a C string that lives as long as the class.
    unsafe { CStr::from_ptr((*class).tp_name) }.to_string_lossy().into_owned()
}

/// The class's own dict, borrowed: the class holds it.
unsafe fn type_dict(class: *mut PyTypeObject) -> *mut PyObject {
    // SAFETY: a class. PyType_GetDict gives a new reference, which the class outlives.
    unsafe {
        #[cfg(Py_3_12)]
        {
            let dict = ffi::PyType_GetDict(class);
            ffi::Py_DECREF(dict);
            dict
        }
        #[cfg(not(Py_3_12))]
        {
            (*class).tp_dict
        }
    }
}

/// Whether it is the Python class `module.name`.
unsafe fn type_is(class: *mut PyTypeObject, module: &str, name: &str) -> bool {
    // SAFETY: a class; a Python class has its module in its dict.
    unsafe {
        if !is_heap(class) || type_name(class) != name {
            return false;
        }
        let Ok(key) = interned("__module__") else {
            return false;
        };
        let own = ffi::PyDict_GetItemWithError(type_dict(class), key);
        ffi::Py_DECREF(key);
        !own.is_null() && ffi::PyUnicode_Check(own) != 0 && is_text(own, module)
    }
}

fn package(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Whether a class of `module` wouldn't have this in its body: a function from another package, or what only looks like a
/// function (a mock).
unsafe fn is_foreign(value: *mut PyObject, module: *mut PyObject) -> bool {
    // SAFETY: two objects; `module` may be null. Nothing is called: `__func__` and `fget` are C members, and `__wrapped__`
    // is in the function's own dict.
    unsafe {
        if ffi::PyFunction_Check(value) != 0 {
            let from = global_name(value);
            if from == "contextlib" {
                let Ok(wrapped) = attribute(value, "__wrapped__") else { return true };
                let foreign = is_foreign(wrapped, module);
                ffi::Py_DECREF(wrapped);
                return foreign;
            }
            return package(&from) != package(&text_of(module));
        }
        let inner = if ffi::Py_TYPE(value) == &raw mut ffi::PyProperty_Type {
            Some("fget")
        } else if is_wrapper(value) {
            Some("__func__")
        } else {
            None
        };
        if let Some(inner) = inner {
            let Ok(inner) = attribute(value, inner) else {
                return true;
            };
            let foreign = inner != ffi::Py_None() && is_foreign(inner, module);
            ffi::Py_DECREF(inner);
            return foreign;
        }
        // In the body of a Python class, a C function or a bound method was put there later.
        let class = ffi::Py_TYPE(value);
        let is_bound = matches!(&*type_name(class), "builtin_function_or_method" | "method");
        is_bound || (ffi::PyCallable_Check(value) != 0 && ffi::PyType_Check(value) == 0 && is_heap(class))
    }
}

/// Whether a function is in its class under a name that isn't its own.
unsafe fn is_renamed(value: *mut PyObject, key: *mut PyObject) -> bool {
    /// Methods that `logging.Logger` and psutil's classes have under two names.
    const ALIASES: &[(&str, &str)] = &[("fatal", "critical"), ("warn", "warning"), ("__repr__", "__str__")];
    // SAFETY: two objects; a function's name is a str of its own.
    unsafe {
        if ffi::PyFunction_Check(value) == 0 {
            return false;
        }
        let own = text_of((*value.cast::<ffi::PyFunctionObject>()).func_qualname);
        let (own, key) = (own.rsplit('.').next().unwrap_or_default(), text_of(key));
        own != key && !ALIASES.contains(&(&*key, own))
    }
}

/// The `__name__` in a function's globals.
unsafe fn global_name(function: *mut PyObject) -> String {
    // SAFETY: a function, whose globals are a dict.
    unsafe {
        let Ok(key) = interned("__name__") else { return String::new() };
        let name = ffi::PyDict_GetItemWithError(ffi::PyFunction_GET_GLOBALS(function), key);
        ffi::Py_DECREF(key);
        text_of(name)
    }
}

unsafe fn is_wrapper(value: *mut PyObject) -> bool {
    // SAFETY: an object.
    let class = unsafe { ffi::Py_TYPE(value) };
    class == &raw mut ffi::PyStaticMethod_Type || class == &raw mut ffi::PyClassMethod_Type
}
