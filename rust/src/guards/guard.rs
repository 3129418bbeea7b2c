//! The vocabulary in which a native says what its original looks up.

use super::library::Library;

/// One thing that an original looks up.
#[derive(Clone, Copy)]
pub struct Guard {
    /// The way of the original, from its own globals: `os.path.isdir`; `@` steps into a function's globals.
    pub(super) path: &'static str,
    pub(super) is: Is,
    pub(super) handle: Option<&'static Handle>,
    /// Whether the guard is left out where the original's module has no such global.
    pub(super) optional: bool,
    /// Whether the path begins in `sys.modules`, where C code looks for modules, and not in the original's globals.
    pub(super) imported: bool,
    /// Whether a name on the path may not be there yet.
    pub(super) is_late: bool,
}

/// What the object at the end of a path has to be.
#[derive(Clone, Copy)]
pub(super) enum Is {
    Builtin,
    CFunction(&'static [&'static str]),
    Function(&'static str),
    Helper,
    HelperClass,
    Class(&'static str, &'static str),
    Instance(&'static str, &'static str),
    ContextVar,
    Environ,
    Number(i64),
    OneOf(&'static [&'static str]),
    CClass(&'static str),
    OwnModule(&'static str, &'static str),
    Methods(&'static str, &'static [(&'static str, &'static str)]),
    Table(&'static str),
    Unregistered(&'static Handle),
    Locale(&'static str),
    Anything,
    Library(&'static Library),
    SchemaValidator,
}

/// A native's name for an object that it uses itself: [`Guard::kept_as`] says which, [`super::Snapshot::get`] gives it.
///
/// Each native has `static` handles of its own, which are told apart by their address.
pub struct Handle(#[expect(dead_code, reason = "a static of some size has an address of its own")] u8);

impl Handle {
    /// For a `static`.
    pub const fn new() -> Self {
        Self(0)
    }
}

impl Default for Handle {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    const fn new(path: &'static str, is: Is) -> Self {
        Self { path, is, handle: None, optional: false, imported: false, is_late: false }
    }
    /// A builtin of that name, which no global hides.
    pub const fn builtin(path: &'static str) -> Self {
        Self::new(path, Is::Builtin)
    }
    /// A C function, named as the path's last part, of one of these modules (CPython has renamed some).
    pub const fn c_function(path: &'static str, modules: &'static [&'static str]) -> Self {
        Self::new(path, Is::CFunction(modules))
    }
    /// A Python function from the file of that module; in a class also one behind a property, or a class's or static method.
    pub const fn function(path: &'static str, module: &'static str) -> Self {
        Self::new(path, Is::Function(module))
    }
    /// A Python function from the original's own module.
    pub const fn helper(name: &'static str) -> Self {
        Self::new(name, Is::Helper)
    }
    /// A class of the original's own module with nothing foreign in it.
    pub const fn helper_class(name: &'static str) -> Self {
        Self::new(name, Is::HelperClass)
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
    /// A class of a C module, by the name in its struct (`_io.StringIO`), whose attributes can't be set.
    pub const fn c_class(path: &'static str, name: &'static str) -> Self {
        Self::new(path, Is::CClass(name))
    }
    /// A module of a library, by its full name, with nothing foreign in its globals and in its classes. All of its functions
    /// have the code that they were defined with, and defaults with that digest.
    pub const fn own_module(path: &'static str, name: &'static str, defaults: &'static str) -> Self {
        Self::new(path, Is::OwnModule(name, defaults))
    }
    /// A dict that leads from these built-in classes, or texts, to these functions (by their qualified names) of that module.
    /// Other keys may lead anywhere.
    pub const fn methods(
        path: &'static str,
        module: &'static str,
        methods: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self::new(path, Is::Methods(module, methods))
    }
    /// Data of the built-in types, functions as their modules define them, regular expressions, and time zones, with that
    /// digest of its content.
    pub const fn table(path: &'static str, digest: &'static str) -> Self {
        Self::new(path, Is::Table(digest))
    }
    /// A dict that has nothing for the class that an earlier guard keeps under `handle`.
    pub const fn unregistered(path: &'static str, handle: &'static Handle) -> Self {
        Self::new(path, Is::Unregistered(handle))
    }
    /// pendulum's class `Locale`, once it has loaded English texts, which have that digest.
    pub const fn locale(path: &'static str, digest: &'static str) -> Self {
        Self::new(path, Is::Locale(digest))
    }
    /// An object of any kind, for a native that looks at it itself.
    pub const fn anything(path: &'static str) -> Self {
        Self::new(path, Is::Anything)
    }
    /// A library of a release that the native was proven with. The path leads to its top module.
    pub const fn library(path: &'static str, library: &'static Library) -> Self {
        Self::new(path, Is::Library(library))
    }
    /// SkyPilot's cached function that makes its validator of JSON schemas, once it has made it: jsonschema's own class of
    /// draft 7, with two keywords more, and all that it reaches.
    pub const fn schema_validator(path: &'static str) -> Self {
        Self::new(path, Is::SchemaValidator)
    }
    /// The same guard, left out where the path's first name is no global: SkyPilot's modules have it, the references don't.
    pub const fn if_there(mut self) -> Self {
        self.optional = true;
        self
    }
    /// The same guard, whose path begins in `sys.modules`: C code looks there for what it needs.
    pub const fn imported(mut self) -> Self {
        self.imported = true;
        self
    }
    /// The same guard, of something that the original imports, or makes, when it first needs it: until then the native
    /// declines.
    pub const fn once_there(mut self) -> Self {
        self.is_late = true;
        self
    }
    /// The same guard, whose object the native gets by `handle`.
    pub const fn kept_as(mut self, handle: &'static Handle) -> Self {
        self.handle = Some(handle);
        self
    }
    /// The library of a [`Guard::library`].
    pub const fn as_library(&self) -> Option<&'static Library> {
        match self.is {
            Is::Library(library) => Some(library),
            _ => None,
        }
    }
}
