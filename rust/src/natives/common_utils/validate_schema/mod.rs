//! `validate_schema(obj, schema, err_msg_prefix='', skip_none=True)`.
//!
//! Answers: a `dict`, or a subclass that is read as one (SkyPilot's `Config`), that is valid under the schema. Of both only
//! what jsonschema reaches counts: values of JSON's types, as Python has them, ints of 64 bits; the keywords of SkyPilot's schemas.
//! Declines: whatever is not valid, so every message is the original's; tuples, and other types; `$ref`, `$id`, a `$schema`
//! inside the schema, other keywords of draft 7 that SkyPilot has no use for; patterns that [`pattern`] isn't certain about;
//! and the first call of a process, in which the original makes its validator.

mod keywords;
mod pattern;
mod value;

use keywords::{Checker, DEEPEST, MOST};
use pattern::{KEPT, LONGEST};

use crate::cpython::builtin::Builtin;
use crate::cpython::collection::NewDict;
use crate::cpython::{Answer, Object, Stop, object, only_if, recursion};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::{Guard, Handle, libraries};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["obj", "schema", "err_msg_prefix", "skip_none"]),
    guards: &[GUARDS],
    thresholds: &[DEEPEST as u64, KEPT as u64, LONGEST as u64, MOST as u64],
    call,
};

/// The cached function that gives the validator's class.
static VALIDATOR: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::schema_validator("validator.get_schema_validator").kept_as(&VALIDATOR),
    Guard::builtin("all"),
    Guard::builtin("any"),
    Guard::builtin("bool"),
    Guard::builtin("dict"),
    Guard::builtin("enumerate"),
    Guard::builtin("float"),
    Guard::builtin("getattr"),
    Guard::builtin("int"),
    Guard::builtin("isinstance"),
    Guard::builtin("len"),
    Guard::builtin("list"),
    Guard::builtin("next"),
    Guard::builtin("repr"),
    Guard::builtin("set"),
    Guard::builtin("sorted"),
    Guard::builtin("str"),
    Guard::builtin("zip"),
    Guard::library("jsonschema", &libraries::JSONSCHEMA),
];

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let skip_none = arguments.bool(3)?;
    let (given, schema) = (arguments.object(0).to_owned(), arguments.object(1).to_owned());
    let Builtin::Dict(dict) = value::value(&given)? else { return Err(Stop::Decline) };
    only_if(matches!(Builtin::of(&schema), Some(Builtin::Dict(_))))?;
    let without_none = if skip_none && dict.entries().any(|(_, value)| is_none(&value)) {
        only_if(dict.has_texts_alone())?;
        let new = NewDict::new(py)?;
        dict.entries().filter(|(_, value)| !is_none(value)).try_for_each(|(key, value)| new.set(&key, &value))?;
        new.into_object()
    } else {
        given.clone()
    };
    let mut checker = Checker::new(py);
    only_if(checker.is_valid(&schema, &without_none, 1)? && recursion::fits(py, calls(checker.deepest)))?;
    // As the original does: the cache counts its hits. No Python code runs, since the class is there.
    object::call(&arguments.kept(&VALIDATOR)?)?;
    Ok(py.None().into_bound(py))
}

/// As many calls as the original nests, or more, for schemas nested that deep.
///
/// It makes three for each level, with the one that a `not` makes. Under them it makes a validator, or compiles a pattern
/// whose groups are nested: a hundred and fifty are enough.
fn calls(depth: usize) -> usize {
    4 * depth + 150
}

fn is_none(object: &Object<'_>) -> bool {
    matches!(Builtin::of(object), Some(Builtin::None))
}
