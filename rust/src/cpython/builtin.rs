//! Objects of the built-in types that data is made of, told apart by their exact type.

use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::error::Forget;
use super::object::item;
use super::text::Name;
use super::{Object, OrDecline, Stop, Text, class, number, only_if};

/// An object of one of these types, and of no subclass.
#[derive(Clone, Copy)]
pub enum Builtin<'a, 'py> {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An `int` of 64 bits.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(&'a Bound<'py, PyString>),
    /// A `dict`.
    Dict(Dict<'a, 'py>),
    /// A `list`.
    List(List<'a, 'py>),
    /// A `tuple`.
    Tuple(Tuple<'a, 'py>),
}

impl<'a, 'py> Builtin<'a, 'py> {
    /// `object`, if it is of one of these types; not an `int` of more than 64 bits.
    #[inline]
    pub fn of(object: &'a Object<'py>) -> Option<Self> {
        if let Ok(text) = object.cast_exact::<PyString>() {
            Some(Self::Str(text))
        } else if let Ok(dict) = object.cast_exact::<PyDict>() {
            Some(Self::Dict(Dict(dict)))
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            Some(Self::List(List(list)))
        } else if let Some(value) = number::int(object) {
            Some(Self::Int(value))
        } else if let Some(value) = number::bool(object) {
            Some(Self::Bool(value))
        } else if object.is_none() {
            Some(Self::None)
        } else if let Some(value) = number::float(object) {
            Some(Self::Float(value))
        } else {
            object.cast_exact::<PyTuple>().ok().map(|tuple| Self::Tuple(Tuple(tuple)))
        }
    }
}

/// A `dict`.
#[derive(Clone, Copy)]
pub struct Dict<'a, 'py>(&'a Bound<'py, PyDict>);

/// All that reading a dict, or an instance of a subclass, looks up in its class.
static READING: [Name; 13] = [
    Name::new("__class__"),
    Name::new("__contains__"),
    Name::new("__eq__"),
    Name::new("__getattribute__"),
    Name::new("__getitem__"),
    Name::new("__iter__"),
    Name::new("__len__"),
    Name::new("__missing__"),
    Name::new("__repr__"),
    Name::new("get"),
    Name::new("items"),
    Name::new("keys"),
    Name::new("values"),
];

impl<'a, 'py> Dict<'a, 'py> {
    /// `object`, if it is a `dict` or an instance of a subclass, of which it shows what it has as a `dict`.
    pub fn of(object: &'a Object<'py>) -> Option<Self> {
        object.cast::<PyDict>().ok().map(Self)
    }

    /// `object`, if it is an instance of a subclass of `dict` that is read as a `dict` is: it inherits everything for that.
    pub fn inherited(object: &'a Object<'py>) -> Option<Self> {
        let dict = Self::of(object)?;
        dict.inherits(&READING).or_forget(object.py()).ok()?;
        Some(dict)
    }

    /// Declines unless it has all these attributes from `dict`: its class may be a subclass.
    pub fn inherits(self, names: &[Name]) -> Result<(), Stop> {
        let py = self.0.py();
        let names: Result<Vec<_>, _> = names.iter().map(|name| name.get(py)).collect();
        class::only_instance(self.0, &py.get_type::<PyDict>(), &names?)
    }

    /// `dict.get(key)`. All keys are of built-in types, so that no Python code hashes or compares one.
    pub fn get(self, key: &Bound<'py, PyString>) -> Result<Option<Object<'py>>, Stop> {
        item(self.0, key)
    }

    /// Whether all of its keys are exact `str`.
    pub fn has_texts_alone(self) -> bool {
        self.0.iter().all(|(key, _)| key.is_exact_instance_of::<PyString>())
    }

    /// The number of its entries.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Its entries, in their order, each held. No code may run meanwhile that could change it.
    pub fn entries(self) -> impl Iterator<Item = (Object<'py>, Object<'py>)> {
        self.0.iter()
    }

    /// Gives `read` each entry, in their order and held, and returns their number. Code that runs meanwhile may change the
    /// dict: as in a loop over `dict.items()`, an entry is read when its turn comes. Declines where that loop could raise,
    /// since entries came or went.
    pub fn read(self, mut read: impl FnMut(Object<'py>, Object<'py>) -> Result<(), Stop>) -> Result<usize, Stop> {
        let (count, mut position) = (self.len(), 0);
        for _ in 0..count {
            only_if(self.len() == count)?;
            let (key, value) = self.next(&mut position).or_decline()?;
            read(key, value)?;
        }
        only_if(self.len() == count && self.next(&mut position).is_none())?;
        Ok(count)
    }

    /// The entry at `position`, or the next one behind it.
    #[inline]
    fn next(self, position: &mut ffi::Py_ssize_t) -> Option<(Object<'py>, Object<'py>)> {
        let (py, mut key, mut value) = (self.0.py(), null_mut(), null_mut());
        // SAFETY: a dict that we hold. CPython compares the position with the dict's size as it is now, so that any position
        // will do. Key and value are borrowed, and held before anything else can happen.
        unsafe {
            (ffi::PyDict_Next(self.0.as_ptr(), position, &raw mut key, &raw mut value) != 0)
                .then(|| (Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)))
        }
    }
}

/// A `list`.
#[derive(Clone, Copy)]
pub struct List<'a, 'py>(&'a Bound<'py, PyList>);

impl<'py> List<'_, 'py> {
    /// The number of its items.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Its items, each held. Code that runs meanwhile may change the list: as in a loop over it, an item is read when its
    /// turn comes, and the end is where it is by then.
    pub fn items(self) -> impl Iterator<Item = Object<'py>> {
        // SAFETY: the index is below the list's length as it is now.
        (0..).map_while(move |index| (index < self.len()).then(|| unsafe { self.0.get_item_unchecked(index) }))
    }
}

/// A `tuple`.
#[derive(Clone, Copy)]
pub struct Tuple<'a, 'py>(&'a Bound<'py, PyTuple>);

impl<'py> Tuple<'_, 'py> {
    /// The tuple, held.
    pub fn held(self) -> Bound<'py, PyTuple> {
        self.0.clone()
    }

    /// The number of its items.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Its items, each held.
    pub fn items(self) -> impl Iterator<Item = Object<'py>> {
        self.0.iter()
    }
}

/// Whether something holds the object beside the caller, and beside the one collection that the caller has it from: another
/// collection may be what does.
pub fn is_held_elsewhere(object: &Object<'_>) -> bool {
    // SAFETY: an object that we hold, whose count is a field of its head.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) > 2 }
}

/// A `str` that is held.
pub struct HeldText<'py>(Bound<'py, PyString>);

impl<'py> HeldText<'py> {
    /// Holds it.
    pub fn of(text: &Bound<'py, PyString>) -> Self {
        Self(text.clone())
    }

    /// The `str`, as long as it is held; `None` never comes, since it is one.
    pub fn text(&self) -> Option<Text<'_, 'py>> {
        Text::exact(self.0.as_any().as_borrowed())
    }
}
