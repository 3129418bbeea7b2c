//! Documents as Python's objects: YAML 1.1, chapter 3 ("Processing YAML Information"), compose and construct. Mirrors
//! `SafeConstructor`, for the tags that plain YAML has.
//!
//! Declines: dates and times, merge keys, `=`, numbers of base 60 or with `_`, nan and infinities, ints of more than 64 bits.

use super::content::content;
use super::parser::{Events, Parser};
use super::resolver::{Tag, resolve};
use super::scanner::{Scalar, Style};
use crate::cpython::collection::{NewDict, list};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Python, Stop, number, only_if, recursion, text};
use crate::effects::signals::Steps;

/// How many calls the original nests at most: it composes in C, and makes objects of one level after the other. Those that
/// get there, and whatever calls SkyPilot's lazy import makes as well, are fewer.
const CALLS: usize = 60;

/// Builds documents.
struct Constructor<'py> {
    py: Python<'py>,
    /// The documents so far.
    documents: Vec<Object<'py>>,
    /// The collections around the present place.
    around: Vec<Collection<'py>>,
    /// The nodes that there were.
    nodes: Steps,
}

/// A collection that is being built.
enum Collection<'py> {
    /// A mapping, with the key whose value comes next; None before the first.
    Mapping(NewDict<'py>, Object<'py>),
    /// A sequence, with its items so far.
    Sequence(Vec<Object<'py>>),
}

/// The documents of a text, which is read to its end. Declines where one or the other can't be certain.
pub fn documents<'py>(py: Python<'py>, text: &[u8]) -> Result<Vec<Object<'py>>, Stop> {
    only_if(recursion::fits(py, CALLS))?;
    let mut parser = Parser::new(text, Constructor::new(py));
    parser.stream()?;
    Ok(parser.events.documents)
}

/// The document of a text that has one at most; None where it has none.
pub fn single_document<'py>(py: Python<'py>, text: &[u8]) -> Result<Object<'py>, Stop> {
    let mut documents = documents(py, text)?;
    only_if(documents.len() <= 1)?;
    Ok(documents.pop().unwrap_or_else(|| py.None().into_bound(py)))
}

impl<'py> Constructor<'py> {
    /// Without any document.
    fn new(py: Python<'py>) -> Self {
        Self { py, documents: Vec::new(), around: Vec::new(), nodes: Steps::default() }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.nodes.step(self.py) // no other thread knows what is being built
    }

    fn begin(&mut self, collection: Collection<'py>) -> Result<(), Stop> {
        self.count()?;
        push(self.py, &mut self.around, collection)
    }

    /// Puts a node where it belongs.
    fn put(&mut self, object: Object<'py>) -> Result<(), Stop> {
        match self.around.last_mut() {
            Some(Collection::Mapping(dict, key)) => dict.set(key, &object),
            Some(Collection::Sequence(items)) => push(self.py, items, object),
            None => push(self.py, &mut self.documents, object),
        }
    }

    /// A scalar's value. Mirrors `construct_object` with the constructors of these tags.
    fn value(&self, scalar: Scalar<'_>) -> Result<Object<'py>, Stop> {
        let characters = content(scalar)?;
        if !matches!(scalar.style, Style::Plain) {
            return self.str(&characters);
        }
        match resolve(&characters) {
            Tag::Str => self.str(&characters),
            Tag::Null => Ok(self.py.None().into_bound(self.py)),
            Tag::Bool => {
                let is_true = ["yes", "true", "on"].iter().any(|word| characters.eq_ignore_ascii_case(word.as_bytes()));
                Ok(number::new_bool(self.py, is_true))
            }
            Tag::Int => number::new_int(self.py, int(&characters).or_decline()?),
            Tag::Float => number::new_float(self.py, float(&characters).or_decline()?),
            Tag::Merge | Tag::Timestamp | Tag::Value => Err(Stop::Decline),
        }
    }

    fn str(&self, characters: &[u8]) -> Result<Object<'py>, Stop> {
        if characters.is_ascii() {
            text::ascii(self.py, &[characters])
        } else {
            text::decode_utf8(self.py, characters, c"strict")
        }
    }
}

impl<'a> Events<'a> for Constructor<'_> {
    fn mapping(&mut self) -> Result<(), Stop> {
        let dict = NewDict::new(self.py)?;
        self.begin(Collection::Mapping(dict, self.py.None().into_bound(self.py)))
    }

    fn sequence(&mut self) -> Result<(), Stop> {
        self.begin(Collection::Sequence(Vec::new()))
    }

    fn end(&mut self) -> Result<(), Stop> {
        let object = match self.around.pop().or_decline()? {
            Collection::Mapping(dict, _) => dict.into_object(),
            Collection::Sequence(items) => list(self.py, items)?,
        };
        self.put(object)
    }

    fn key(&mut self, key: Scalar<'a>) -> Result<(), Stop> {
        let value = self.value(key)?;
        match self.around.last_mut() {
            Some(Collection::Mapping(_, key)) => *key = value,
            _ => return Err(Stop::Decline), // only mappings have keys
        }
        self.count()
    }

    fn scalar(&mut self, scalar: Scalar<'a>) -> Result<(), Stop> {
        let value = self.value(scalar)?;
        self.put(value)?;
        self.count()
    }
}

fn push<T>(py: Python<'_>, items: &mut Vec<T>, item: T) -> Result<(), Stop> {
    items.try_reserve(1).or_memory_error(py)?;
    items.push(item);
    Ok(())
}

/// The value of an int in base 2, 8, 10 or 16, if it has no `_`.
fn int(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = signed(text);
    let (base, digits) = match digits {
        [b'0', b'b', digits @ ..] => (2, digits),
        [b'0', b'x', digits @ ..] => (16, digits),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let value = i64::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()?;
    Some(if is_negative { -value } else { value })
}

/// The value of a float in base 10, if it has no `_` and is finite.
fn float(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = signed(text);
    only_if(digits.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')))
        .ok()?;
    let value: f64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if is_negative { -value } else { value })
}

/// Whether there is a minus, and what follows the sign.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}
