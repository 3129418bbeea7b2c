//! What keywords ask of a value: its type in JSON, its order among numbers, and whether it is a constant.
//!
//! Mirrors jsonschema's `TypeChecker` of draft 7, and its `equal`.

use std::cmp::Ordering;

use crate::cpython::builtin::{Builtin, Dict};
use crate::cpython::text::is_same;
use crate::cpython::{Object, OrDecline, Stop};

/// A value of one of the types that JSON has, in Python. A tuple is none of them, and declined as every other object is.
pub fn value<'a, 'py>(object: &'a Object<'py>) -> Result<Builtin<'a, 'py>, Stop> {
    match Builtin::of(object) {
        Some(Builtin::Tuple(_)) => Err(Stop::Decline),
        Some(value) => Ok(value),
        // SkyPilot's `Config`.
        None => Dict::inherited(object).map(Builtin::Dict).or_decline(),
    }
}

/// Whether a value is of that type. Declines a name that draft 7 doesn't have.
pub fn is_of_type(value: Builtin<'_, '_>, name: &[u8]) -> Result<bool, Stop> {
    Ok(match name {
        b"array" => matches!(value, Builtin::List(_)),
        b"boolean" => matches!(value, Builtin::Bool(_)),
        b"integer" => match value {
            Builtin::Int(_) => true,
            Builtin::Float(number) => number.is_finite() && number.fract() == 0.0,
            _ => false,
        },
        b"null" => matches!(value, Builtin::None),
        b"number" => matches!(value, Builtin::Int(_) | Builtin::Float(_)),
        b"object" => matches!(value, Builtin::Dict(_)),
        b"string" => matches!(value, Builtin::Str(_)),
        _ => return Err(Stop::Decline),
    })
}

/// A number, compared as Python compares: without rounding.
#[derive(Clone, Copy)]
pub enum Number {
    /// An `int` of 64 bits.
    Int(i64),
    /// A `float`.
    Float(f64),
}

impl Number {
    /// The value, if it is a number.
    pub fn of(value: Builtin<'_, '_>) -> Option<Self> {
        match value {
            Builtin::Int(value) => Some(Self::Int(value)),
            Builtin::Float(value) => Some(Self::Float(value)),
            _ => None,
        }
    }

    /// Its order; none if one of the two is not a number (`nan`).
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(&other)),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(&other),
            (Self::Int(one), Self::Float(other)) => order(one, other),
            (Self::Float(one), Self::Int(other)) => order(other, one).map(Ordering::reverse),
        }
    }
}

/// The order of an int and a float.
fn order(int: i64, float: f64) -> Option<Ordering> {
    const END: f64 = 9_223_372_036_854_775_808.0; // 2**63
    if float.is_nan() {
        None
    } else if float >= END {
        Some(Ordering::Less)
    } else if float < -END {
        Some(Ordering::Greater)
    } else {
        let whole = float.trunc();
        Some(int.cmp(&(whole as i64)).then(whole.total_cmp(&float)))
    }
}

/// Whether an object is a constant of a schema: `1` is `1.0`, but not `true`. Declines constants that are collections.
pub fn is_constant(object: &Object<'_>, constant: &Object<'_>) -> Result<bool, Stop> {
    if object.as_ptr() == constant.as_ptr() {
        return Ok(true);
    }
    let (value, constant_value) = (value(object)?, Builtin::of(constant).or_decline()?);
    Ok(match (constant_value, value) {
        (Builtin::Dict(_) | Builtin::List(_) | Builtin::Tuple(_), _) => return Err(Stop::Decline),
        (Builtin::Str(_), Builtin::Str(_)) => is_same(object, constant),
        (Builtin::Bool(one), Builtin::Bool(other)) => one == other,
        (one, other) => match (Number::of(one), Number::of(other)) {
            (Some(one), Some(other)) => one.order(other) == Some(Ordering::Equal),
            _ => false,
        },
    })
}
