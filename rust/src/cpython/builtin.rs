//! Objects of the built-in types that data is made of, told apart by their exact type.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::{Object, Text, number};

/// An object of one of these types, and of no subclass.
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

impl<'py> Dict<'_, 'py> {
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

    /// Its items, each held.
    pub fn items(self) -> impl Iterator<Item = Object<'py>> {
        self.0.iter()
    }
}

/// A `tuple`.
#[derive(Clone, Copy)]
pub struct Tuple<'a, 'py>(&'a Bound<'py, PyTuple>);

impl<'py> Tuple<'_, 'py> {
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
