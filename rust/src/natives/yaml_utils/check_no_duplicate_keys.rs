//! `check_no_duplicate_keys(yaml_str)`.
//!
//! Answers: an exact `str` of plain YAML, as people and programs write configurations, in which no mapping has a key twice:
//! block and flow collections, 100 deep at most; scalars of every style; comments; and documents after `---`.
//! Declines: a duplicate, every error, and what [`super::scanner`] and [`super::parser`] are not certain about: tags, anchors,
//! aliases, directives, `...`, tabs, keys that are no scalars or are longer than 1,024 bytes, other line breaks than the line
//! feed, and a nesting that may be too deep for the original where it is called.

use std::borrow::Cow;
use std::collections::HashSet;

use super::content::content;
use super::parser::{DEEPEST, Events, Parser};
use super::pyyaml;
use super::scanner::{SIMPLE_KEY, Scalar};
use super::source::source;
use crate::cpython::{Answer, OrDecline, Python, Stop, only_if, recursion};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals::{AT_ONCE, Steps};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["yaml_str"]),
    guards: &[pyyaml::NODES, pyyaml::EVENTS, pyyaml::COMPOSER],
    thresholds: &[SIMPLE_KEY as u64, DEEPEST as u64, AT_ONCE as u64],
    call,
};

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let text = source(arguments.text(0)?.characters())?;
    let mut parser = Parser::new(&text, Keys::new(py));
    parser.stream()?;
    only_if(recursion::fits(py, calls(parser.deepest)))?;
    Ok(py.None().into_bound(py))
}

/// As many calls as the original nests, or more, for a text whose collections are so deep.
///
/// It makes two for each level to compose it, and fewer to look at its keys. Fifteen more read a scalar in there: sixty are
/// enough for whatever calls SkyPilot's lazy import makes as well.
fn calls(deepest: usize) -> usize {
    2 * deepest + 60
}

/// The keys of all mappings so far.
struct Keys<'a, 'py> {
    py: Python<'py>,
    seen: HashSet<(usize, Cow<'a, [u8]>)>,
    /// The number of each collection around the present place.
    around: Vec<usize>,
    /// The nodes that there were.
    nodes: Steps,
}

impl<'py> Keys<'_, 'py> {
    fn new(py: Python<'py>) -> Self {
        Self { py, seen: HashSet::new(), around: Vec::new(), nodes: Steps::default() }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.nodes.step(self.py)
    }

    fn begin(&mut self) -> Result<(), Stop> {
        self.around.try_reserve(1).or_decline()?;
        self.around.push(self.nodes.count());
        self.count()
    }
}

impl<'a> Events<'a> for Keys<'a, '_> {
    fn mapping(&mut self) -> Result<(), Stop> {
        self.begin()
    }

    fn sequence(&mut self) -> Result<(), Stop> {
        self.begin()
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.around.pop();
        Ok(())
    }

    fn key(&mut self, key: Scalar<'a>) -> Result<(), Stop> {
        let mapping = *self.around.last().or_decline()?;
        self.seen.try_reserve(1).or_decline()?;
        only_if(self.seen.insert((mapping, content(key)?)))?;
        self.count()
    }

    fn scalar(&mut self, _: Scalar<'a>) -> Result<(), Stop> {
        self.count()
    }
}
