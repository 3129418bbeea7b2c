//! The keywords of a schema: JSON Schema, draft 7, as jsonschema checks it. Mirrors `jsonschema._keywords`, and the two
//! keywords of SkyPilot's.
//!
//! A schema is read where it lies: only what is reached from the value is looked at. That takes less time than it would take
//! to find out whether it is still the schema of the last call, and nothing has to be kept.

use std::collections::HashSet;

use super::pattern::Pattern;
use super::value::{Number, is_constant, is_of_type, value};
use crate::cpython::builtin::{Builtin, Dict, HeldText, List};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Python, Stop, Text, number, only_if};

/// The deepest nesting that is answered, of schemas and of values.
pub const DEEPEST: usize = 60;

/// How many objects are looked at before a call is declined: nothing is done here that lets signals in.
pub const MOST: usize = 200_000;

/// Checks values by schemas.
///
/// Whatever isn't valid makes the original write a message. Only where the schema has an alternative is that not the end: then
/// messages have to be such that nobody notices that they were not written.
pub struct Checker<'py> {
    py: Python<'py>,
    /// How many keywords are around that try a schema.
    trials: usize,
    /// How many objects were looked at.
    seen: usize,
    /// The deepest nesting so far.
    pub deepest: usize,
}

/// The siblings of keywords that need them.
#[derive(Default)]
struct Siblings<'py> {
    properties: Option<Object<'py>>,
    pattern_properties: Option<Object<'py>>,
    additional_properties: Option<Object<'py>>,
    condition: Option<Object<'py>>,
    then: Option<Object<'py>>,
    otherwise: Option<Object<'py>>,
}

impl<'py> Checker<'py> {
    /// One that has not seen anything.
    pub fn new(py: Python<'py>) -> Self {
        Self { py, trials: 0, seen: 0, deepest: 0 }
    }

    fn look_at(&mut self, objects: usize) -> Result<(), Stop> {
        self.seen = self.seen.saturating_add(objects);
        only_if(self.seen <= MOST)
    }

    fn enter(&mut self, depth: usize) -> Result<(), Stop> {
        self.deepest = self.deepest.max(depth);
        only_if(depth <= DEEPEST)
    }

    /// A keyword's argument that has to be a `list`.
    fn list<'a>(&mut self, argument: &'a Object<'py>) -> Result<List<'a, 'py>, Stop> {
        let Some(Builtin::List(list)) = Builtin::of(argument) else { return Err(Stop::Decline) };
        self.look_at(list.len())?;
        Ok(list)
    }

    /// A dict all of whose keys have to be exact `str`: no Python code runs where one is looked for.
    fn with_texts<'a>(&mut self, dict: Dict<'a, 'py>) -> Result<Dict<'a, 'py>, Stop> {
        self.look_at(dict.len())?;
        only_if(dict.has_texts_alone())?;
        Ok(dict)
    }

    /// A keyword's argument that has to be a `dict` of schemas.
    fn schemas<'a>(&mut self, argument: &'a Object<'py>) -> Result<Dict<'a, 'py>, Stop> {
        let Some(Builtin::Dict(schemas)) = Builtin::of(argument) else { return Err(Stop::Decline) };
        self.with_texts(schemas)
    }

    /// `re.search(pattern, text)`
    fn is_found(&mut self, pattern: &Object<'py>, text: &Object<'py>) -> Result<bool, Stop> {
        let text = ascii(text)?;
        self.look_at(text.len())?;
        Ok(Pattern::of(ascii(pattern)?)?.is_in(text))
    }

    /// `is_valid`, or that an object, or a part of the schema, is not as asked: the original writes it into a message.
    fn or_invalid(&mut self, is_valid: bool, written: &[&Object<'py>], depth: usize) -> Result<bool, Stop> {
        if !is_valid {
            only_if(self.trials > 0)?;
            written.iter().try_for_each(|object| self.has_plain_repr(object, depth))?;
        }
        Ok(is_valid)
    }

    /// Declines an object that has other code in its `repr` than CPython's, or an `int` that may be too long for it.
    fn has_plain_repr(&mut self, object: &Object<'py>, depth: usize) -> Result<(), Stop> {
        self.look_at(1)?;
        self.enter(depth)?;
        match value(object)? {
            Builtin::Dict(dict) => dict.entries().try_for_each(|(key, value)| {
                self.has_plain_repr(&key, depth + 1)?;
                self.has_plain_repr(&value, depth + 1)
            }),
            Builtin::List(list) => list.items().try_for_each(|item| self.has_plain_repr(&item, depth + 1)),
            _ => Ok(()),
        }
    }

    /// Whether `object` is valid under `schema`. All keywords are looked at, also behind one that doesn't hold: the original
    /// may look at them as well.
    pub fn is_valid(&mut self, schema: &Object<'py>, object: &Object<'py>, depth: usize) -> Result<bool, Stop> {
        self.enter(depth)?;
        if let Some(verdict) = number::bool(schema) {
            return self.or_invalid(verdict, &[object], depth);
        }
        let Some(Builtin::Dict(keywords)) = Builtin::of(schema) else { return Err(Stop::Decline) };
        self.look_at(keywords.len() + 1)?;
        let value = value(object)?;
        let (mut is_valid, mut siblings) = (true, Siblings::default());
        for (name, argument) in keywords.entries() {
            let name = Text::exact(name.as_borrowed()).or_decline()?;
            let argument_of = match name.ascii().or_decline()? {
                b"properties" => &mut siblings.properties,
                b"patternProperties" => &mut siblings.pattern_properties,
                b"additionalProperties" => &mut siblings.additional_properties,
                b"if" => &mut siblings.condition,
                b"then" => &mut siblings.then,
                b"else" => &mut siblings.otherwise,
                name => {
                    is_valid &= self.holds(name, &argument, object, value, depth)?;
                    continue;
                }
            };
            *argument_of = Some(argument);
        }
        if let Builtin::Dict(dict) = value {
            is_valid &= self.has_valid_properties(&siblings, dict, object, depth)?;
        }
        if let Some(condition) = &siblings.condition {
            let branch = if self.tries(condition, object, depth)? { siblings.then } else { siblings.otherwise };
            if let Some(branch) = branch {
                is_valid &= self.is_valid(&branch, object, depth + 1)?;
            }
        }
        Ok(is_valid)
    }

    /// Whether `object` is valid under a schema that may fail without an end to everything.
    fn tries(&mut self, schema: &Object<'py>, object: &Object<'py>, depth: usize) -> Result<bool, Stop> {
        self.trials += 1;
        let is_valid = self.is_valid(schema, object, depth + 1)?;
        self.trials -= 1;
        Ok(is_valid)
    }

    /// Whether one keyword holds that needs no other.
    fn holds(
        &mut self,
        name: &[u8],
        argument: &Object<'py>,
        object: &Object<'py>,
        value: Builtin<'_, 'py>,
        depth: usize,
    ) -> Result<bool, Stop> {
        let holds = match (name, value) {
            (b"type", _) => is_of_some_type(value, argument)?,
            (b"enum", _) => {
                let constants = self.list(argument)?.items();
                any(constants, |constant| is_constant(object, &constant))?
            }
            (b"const", _) => is_constant(object, argument)?,
            (b"case_insensitive_enum", Builtin::Str(_)) => is_in_any_case(object, self.list(argument)?)?,
            (b"case_sensitive_enum", _) => {
                let texts = self.list(argument)?.items();
                any(texts, |text| {
                    only_if(Text::exact(text.as_borrowed()).is_some())?;
                    is_constant(object, &text)
                })?
            }
            (b"pattern", Builtin::Str(_)) => self.is_found(argument, object)?,
            (b"minLength", Builtin::Str(text)) => length_of(&HeldText::of(text))? >= limit(argument)?,
            (b"maxLength", Builtin::Str(text)) => length_of(&HeldText::of(text))? <= limit(argument)?,
            (b"minItems", Builtin::List(list)) => list.len() as i64 >= limit(argument)?,
            (b"maxItems", Builtin::List(list)) => list.len() as i64 <= limit(argument)?,
            (b"minProperties", Builtin::Dict(dict)) => dict.len() as i64 >= limit(argument)?,
            (b"maxProperties", Builtin::Dict(dict)) => dict.len() as i64 <= limit(argument)?,
            (b"minimum" | b"maximum" | b"exclusiveMinimum" | b"exclusiveMaximum", _) => {
                Number::of(value).map_or(Ok(true), |number| is_within(name, number, argument))?
            }
            (b"uniqueItems", Builtin::List(list)) => {
                self.look_at(list.len())?;
                !number::bool(argument).or_decline()? || is_unique(self.py, list)?
            }
            (b"required", Builtin::Dict(dict)) => {
                let dict = self.with_texts(dict)?;
                all(self.list(argument)?.items(), |name| has(dict, &name))?
            }
            // What has schemas in it says itself what is not valid.
            (b"items", Builtin::List(items)) => return self.has_valid_items(argument, items, depth),
            (b"propertyNames", Builtin::Dict(dict)) => {
                return all(self.with_texts(dict)?.entries(), |(name, _)| self.is_valid(argument, &name, depth + 1));
            }
            (b"allOf", _) => {
                return all(self.list(argument)?.items(), |schema| self.is_valid(&schema, object, depth + 1));
            }
            (b"anyOf", _) => {
                let holds = any(self.list(argument)?.items(), |schema| self.tries(&schema, object, depth))?;
                return self.or_invalid(holds, &[object], depth);
            }
            (b"oneOf", _) => self.count_valid(argument, object, depth)? == 1,
            (b"not", _) => !self.tries(argument, object, depth)?,
            // Other drafts may begin here, and other schemas.
            (b"$schema", _) if depth > 1 => return Err(Stop::Decline),
            (b"$id" | b"$ref" | b"additionalItems" | b"contains" | b"dependencies" | b"multipleOf", _)
            | (b"case_insensitive_enum", _) => return Err(Stop::Decline),
            // It has no say about values of that type, or draft 7 doesn't have it: `format` is checked for nobody.
            _ => true,
        };
        self.or_invalid(holds, &[object, argument], depth)
    }

    fn count_valid(&mut self, schemas: &Object<'py>, object: &Object<'py>, depth: usize) -> Result<usize, Stop> {
        let mut valid = 0;
        for schema in self.list(schemas)?.items() {
            valid += usize::from(self.tries(&schema, object, depth)?);
        }
        Ok(valid)
    }

    fn has_valid_items(&mut self, schemas: &Object<'py>, items: List<'_, 'py>, depth: usize) -> Result<bool, Stop> {
        self.look_at(items.len())?;
        match Builtin::of(schemas) {
            Some(Builtin::List(schemas)) => {
                all(schemas.items().zip(items.items()), |(schema, item)| self.is_valid(&schema, &item, depth + 1))
            }
            _ => all(items.items(), |item| self.is_valid(schemas, &item, depth + 1)),
        }
    }

    /// `properties`, `patternProperties` and `additionalProperties`.
    fn has_valid_properties(
        &mut self,
        siblings: &Siblings<'py>,
        dict: Dict<'_, 'py>,
        object: &Object<'py>,
        depth: usize,
    ) -> Result<bool, Stop> {
        let properties = siblings.properties.as_ref().map(|it| self.schemas(it)).transpose()?;
        let patterns = siblings.pattern_properties.as_ref().map(|it| self.schemas(it)).transpose()?;
        let additional = siblings.additional_properties.as_ref();
        if properties.is_none() && patterns.is_none() && additional.is_none() {
            return Ok(true);
        }
        let mut is_valid = true;
        for (name, value) in self.with_texts(dict)?.entries() {
            let mut is_additional = true;
            if let Some(properties) = properties {
                if let Some(schema) = under(properties, &name)? {
                    is_additional = false;
                    is_valid &= self.is_valid(&schema, &value, depth + 1)?;
                }
            }
            for (pattern, schema) in patterns.iter().flat_map(|patterns| patterns.entries()) {
                if self.is_found(&pattern, &name)? {
                    is_additional = false;
                    is_valid &= self.is_valid(&schema, &value, depth + 1)?;
                }
            }
            if let (Some(schema), true) = (additional, is_additional) {
                is_valid &= match number::bool(schema) {
                    Some(verdict) => self.or_invalid(verdict, &[object], depth)?,
                    None => self.is_valid(schema, &value, depth + 1)?,
                };
            }
        }
        Ok(is_valid)
    }
}

/// Whether the verdict is true for all: asked for each, also behind one for which it isn't.
fn all<T>(items: impl Iterator<Item = T>, mut verdict: impl FnMut(T) -> Result<bool, Stop>) -> Result<bool, Stop> {
    let mut is_true = true;
    for item in items {
        is_true &= verdict(item)?;
    }
    Ok(is_true)
}

/// Whether the verdict is true for one: not asked any more behind that.
fn any<T>(items: impl Iterator<Item = T>, mut verdict: impl FnMut(T) -> Result<bool, Stop>) -> Result<bool, Stop> {
    for item in items {
        if verdict(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A keyword's argument that has to be an `int`.
fn limit(argument: &Object<'_>) -> Result<i64, Stop> {
    number::int(argument).or_decline()
}

fn length_of(text: &HeldText<'_>) -> Result<i64, Stop> {
    text.text().map(|text| text.len() as i64).or_decline()
}

/// The value in a dict, all of whose keys are `str`.
fn under<'py>(dict: Dict<'_, 'py>, name: &Object<'py>) -> Result<Option<Object<'py>>, Stop> {
    match Builtin::of(name) {
        Some(Builtin::Str(name)) => dict.get(name),
        _ => Err(Stop::Decline),
    }
}

fn has<'py>(dict: Dict<'_, 'py>, name: &Object<'py>) -> Result<bool, Stop> {
    under(dict, name).map(|found| found.is_some())
}

fn ascii<'a>(object: &'a Object<'_>) -> Result<&'a [u8], Stop> {
    Text::exact(object.as_borrowed()).and_then(Text::ascii).or_decline()
}

/// `type`: a name, or a list of names of which one is enough.
fn is_of_some_type(value: Builtin<'_, '_>, names: &Object<'_>) -> Result<bool, Stop> {
    match Builtin::of(names) {
        Some(Builtin::Str(_)) => is_of_type(value, ascii(names)?),
        Some(Builtin::List(names)) => any(names.items(), |name| is_of_type(value, ascii(&name)?)),
        _ => Err(Stop::Decline),
    }
}

/// `case_insensitive_enum`: all of the texts are looked at, as the original calls `lower` of all.
fn is_in_any_case(object: &Object<'_>, texts: List<'_, '_>) -> Result<bool, Stop> {
    let own = ascii(object)?;
    let mut is_one = false;
    for text in texts.items() {
        is_one |= ascii(&text)?.eq_ignore_ascii_case(own);
    }
    Ok(is_one)
}

fn is_within(name: &[u8], number: Number, argument: &Object<'_>) -> Result<bool, Stop> {
    let order = Number::of(Builtin::of(argument).or_decline()?).or_decline().map(|limit| number.order(limit))?;
    // What has no order (`nan`) is neither below nor above.
    Ok(order.is_none_or(|order| match name {
        b"minimum" => order.is_ge(),
        b"maximum" => order.is_le(),
        b"exclusiveMinimum" => order.is_gt(),
        _ => order.is_lt(),
    }))
}

/// `uniqueItems`, for texts: other objects have an order, and an equality, of their own.
fn is_unique(py: Python<'_>, items: List<'_, '_>) -> Result<bool, Stop> {
    if items.len() < 2 {
        return Ok(true);
    }
    let (mut held, mut seen) = (Vec::new(), HashSet::new());
    held.try_reserve(items.len()).or_memory_error(py)?;
    held.extend(items.items());
    seen.try_reserve(held.len()).or_memory_error(py)?;
    all(held.iter(), |item| Ok(seen.insert(ascii(item)?)))
}
