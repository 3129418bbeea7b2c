//! Python's objects as nodes: YAML 1.1, chapter 3 ("Processing YAML Information"), represent and serialize. Mirrors
//! `SafeRepresenter.represent` and `Serializer.anchor_node`.
//!
//! The nodes lie one behind the other, each before the nodes inside it. They hold the objects that they were made of.
//!
//! Other code may run between two nodes, and change what is not represented yet. PyYAML reads a dict's entries all at once,
//! and a list's items one by one: so does this.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::cpython::builtin::{Builtin, Dict, HeldText};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Python, Stop, Text, only_if};
use crate::effects::signals::Steps;

/// A node of a document.
pub enum Node<'py> {
    /// A scalar. PyYAML gives scalars of these types no anchor.
    Scalar(Scalar<'py>),
    /// A sequence, with the number of its items, which follow.
    Sequence(usize, Anchor),
    /// A mapping, with the number of its entries: keys and values follow in turn.
    Mapping(usize, Anchor),
    /// Another mention of the collection with that anchor.
    Alias(Anchor),
}

/// The number of an anchor; 0 where there is none.
pub type Anchor = u32;

/// A scalar's value.
pub enum Scalar<'py> {
    /// None
    Null,
    /// A bool.
    Bool(bool),
    /// An int of 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str.
    Str(HeldText<'py>),
}

impl Scalar<'_> {
    /// The characters of a str.
    pub fn text(&self) -> Option<Text<'_, '_>> {
        match self {
            Self::Str(held) => held.text(),
            _ => None,
        }
    }
}

/// The deepest nesting that is answered: no stack is used up by it.
pub const DEEPEST: usize = 100;

/// The length of a collection whose nodes are not all there yet.
const OPEN: usize = usize::MAX;

/// Makes nodes of documents.
pub struct Representer<'py> {
    py: Python<'py>,
    /// The nodes of all documents so far.
    pub nodes: Vec<Node<'py>>,
    /// The collections in the present document, by address, each with the index of its node. They are held: else another
    /// one could get the address of one that is gone from the document.
    collections: HashMap<usize, (Object<'py>, usize)>,
    /// The entries of the dicts around the present node that are not represented yet, the next one last.
    waiting: Vec<(Object<'py>, Object<'py>)>,
    /// The nodes that were made.
    steps: Steps,
    /// How many anchors the present document has.
    anchors: Anchor,
    /// How deep the deepest collection is.
    pub depth: usize,
}

impl<'py> Representer<'py> {
    /// Without any document.
    pub fn new(py: Python<'py>) -> Self {
        Self {
            py,
            nodes: Vec::new(),
            collections: HashMap::new(),
            waiting: Vec::new(),
            steps: Steps::default(),
            anchors: 0,
            depth: 0,
        }
    }

    /// Adds a document. Declines one with an object of any other type than these few, with a collection inside itself, or
    /// with a deeper nesting than [`DEEPEST`].
    pub fn document(&mut self, root: &Object<'py>) -> Result<(), Stop> {
        self.collections.clear();
        self.anchors = 0;
        self.node(root, 1)
    }

    /// A node, and those inside it. `depth` is the number of collections around it, and itself if it is one.
    fn node(&mut self, object: &Object<'py>, depth: usize) -> Result<(), Stop> {
        self.steps.step(self.py)?;
        let scalar = match Builtin::of(object).or_decline()? {
            Builtin::Str(text) => Scalar::Str(HeldText::of(text)),
            Builtin::Int(value) => Scalar::Int(value),
            Builtin::Bool(value) => Scalar::Bool(value),
            Builtin::None => Scalar::Null,
            Builtin::Float(value) => Scalar::Float(value),
            Builtin::Dict(dict) => {
                return self.collection(object, depth, Node::Mapping(OPEN, 0), |it| it.entries(dict, depth + 1));
            }
            Builtin::List(list) => {
                return self.collection(object, depth, Node::Sequence(OPEN, 0), |it| it.items(list.items(), depth + 1));
            }
            // The empty tuple is one object wherever it is, and never an alias.
            Builtin::Tuple(tuple) if tuple.is_empty() => {
                self.depth = self.depth.max(depth);
                return self.push(Node::Sequence(0, 0));
            }
            Builtin::Tuple(tuple) => {
                return self
                    .collection(object, depth, Node::Sequence(OPEN, 0), |it| it.items(tuple.items(), depth + 1));
            }
        };
        self.push(Node::Scalar(scalar))
    }

    /// The nodes of a dict's entries, as they are now. Returns the number of entries.
    fn entries(&mut self, dict: Dict<'_, 'py>, depth: usize) -> Result<usize, Stop> {
        let (before, count) = (self.waiting.len(), dict.len());
        self.waiting.try_reserve(count).or_memory_error(self.py)?;
        self.waiting.extend(dict.entries());
        self.waiting[before..].reverse();
        for _ in 0..count {
            let (key, value) = self.waiting.pop().or_decline()?;
            self.node(&key, depth)?;
            self.node(&value, depth)?;
        }
        Ok(count)
    }

    /// The nodes of items. Returns their number.
    fn items(&mut self, items: impl Iterator<Item = Object<'py>>, depth: usize) -> Result<usize, Stop> {
        let mut count = 0;
        for item in items {
            self.node(&item, depth)?;
            count += 1;
        }
        Ok(count)
    }

    /// A collection's node, with those inside it where it is met for the first time; else an alias.
    fn collection(
        &mut self,
        object: &Object<'py>,
        depth: usize,
        node: Node<'py>,
        inside: impl FnOnce(&mut Self) -> Result<usize, Stop>,
    ) -> Result<(), Stop> {
        only_if(depth <= DEEPEST)?;
        self.depth = self.depth.max(depth);
        let index = self.nodes.len();
        self.collections.try_reserve(1).or_memory_error(self.py)?;
        match self.collections.entry(object.as_ptr() as usize) {
            Entry::Occupied(met) => {
                let met = met.get().1;
                let anchor = self.anchor(met)?;
                return self.push(Node::Alias(anchor));
            }
            Entry::Vacant(entry) => entry.insert((object.clone(), index)),
        };
        self.push(node)?;
        let count = inside(self)?;
        *self.numbers(index)?.0 = count;
        Ok(())
    }

    /// The anchor of the collection at `index`, which must not be around the present node. It gets the next number where it
    /// has none yet.
    fn anchor(&mut self, index: usize) -> Result<Anchor, Stop> {
        let next = self.anchors.checked_add(1).or_decline()?;
        let (length, anchor) = self.numbers(index)?;
        only_if(*length != OPEN)?;
        if *anchor != 0 {
            return Ok(*anchor);
        }
        *anchor = next;
        self.anchors = next;
        Ok(next)
    }

    /// The length and the anchor of the collection at `index`.
    fn numbers(&mut self, index: usize) -> Result<(&mut usize, &mut Anchor), Stop> {
        match self.nodes.get_mut(index) {
            Some(Node::Sequence(length, anchor) | Node::Mapping(length, anchor)) => Ok((length, anchor)),
            _ => Err(Stop::Decline), // there is none, which never happens
        }
    }

    fn push(&mut self, node: Node<'py>) -> Result<(), Stop> {
        self.nodes.try_reserve(1).or_memory_error(self.py)?;
        self.nodes.push(node);
        Ok(())
    }
}
