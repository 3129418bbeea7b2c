//! Python's objects as nodes: YAML 1.1, chapter 3 ("Processing YAML Information"), represent and serialize. Mirrors
//! `SafeRepresenter.represent` and `Serializer.anchor_node`.
//!
//! The nodes lie one behind the other, each before the nodes inside it. They hold the objects that they were made of.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::cpython::builtin::{Builtin, HeldText};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Python, Stop, Text, only_if};

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

/// Makes nodes of documents.
pub struct Representer<'py> {
    py: Python<'py>,
    /// The nodes of all documents so far.
    pub nodes: Vec<Node<'py>>,
    /// The collections in the present document, by address. The document holds them: no code runs that could change it.
    collections: HashMap<usize, Collection>,
    /// How many anchors the present document has.
    anchors: Anchor,
    /// How deep the deepest collection is.
    pub depth: usize,
}

/// A collection that was met.
struct Collection {
    /// The index of its node.
    node: usize,
    /// Whether it is around the present one.
    is_open: bool,
}

impl<'py> Representer<'py> {
    /// Without any document.
    pub fn new(py: Python<'py>) -> Self {
        Self { py, nodes: Vec::new(), collections: HashMap::new(), anchors: 0, depth: 0 }
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
        let scalar = match Builtin::of(object).or_decline()? {
            Builtin::Str(text) => Scalar::Str(HeldText::of(text)),
            Builtin::Int(value) => Scalar::Int(value),
            Builtin::Bool(value) => Scalar::Bool(value),
            Builtin::None => Scalar::Null,
            Builtin::Float(value) => Scalar::Float(value),
            Builtin::Dict(dict) => {
                return self.collection(object, depth, Node::Mapping(dict.len(), 0), |it| {
                    dict.entries().try_for_each(|(key, value)| {
                        it.node(&key, depth + 1)?;
                        it.node(&value, depth + 1)
                    })
                });
            }
            Builtin::List(list) => {
                return self.collection(object, depth, Node::Sequence(list.len(), 0), |it| {
                    list.items().try_for_each(|item| it.node(&item, depth + 1))
                });
            }
            // The empty tuple is one object wherever it is, and never an alias.
            Builtin::Tuple(tuple) if tuple.is_empty() => {
                self.depth = self.depth.max(depth);
                return self.push(Node::Sequence(0, 0));
            }
            Builtin::Tuple(tuple) => {
                return self.collection(object, depth, Node::Sequence(tuple.len(), 0), |it| {
                    tuple.items().try_for_each(|item| it.node(&item, depth + 1))
                });
            }
        };
        self.push(Node::Scalar(scalar))
    }

    /// A collection's node, with those inside it where it is met for the first time; else an alias.
    fn collection(
        &mut self,
        object: &Object<'py>,
        depth: usize,
        node: Node<'py>,
        inside: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        only_if(depth <= DEEPEST)?;
        self.depth = self.depth.max(depth);
        let address = object.as_ptr() as usize;
        let index = self.nodes.len();
        self.collections.try_reserve(1).or_memory_error(self.py)?;
        match self.collections.entry(address) {
            Entry::Occupied(met) => {
                only_if(!met.get().is_open)?;
                let met = met.get().node;
                let anchor = self.anchor(met)?;
                return self.push(Node::Alias(anchor));
            }
            Entry::Vacant(entry) => entry.insert(Collection { node: index, is_open: true }),
        };
        self.push(node)?;
        inside(self)?;
        if let Some(collection) = self.collections.get_mut(&address) {
            collection.is_open = false;
        }
        Ok(())
    }

    /// The anchor of the collection at `index`. It gets the next number where it has none yet.
    fn anchor(&mut self, index: usize) -> Result<Anchor, Stop> {
        let Some(Node::Sequence(_, anchor) | Node::Mapping(_, anchor)) = self.nodes.get_mut(index) else {
            return Err(Stop::Decline); // only collections are met twice
        };
        if *anchor == 0 {
            self.anchors = self.anchors.checked_add(1).or_decline()?;
            *anchor = self.anchors;
        }
        Ok(*anchor)
    }

    fn push(&mut self, node: Node<'py>) -> Result<(), Stop> {
        self.nodes.try_reserve(1).or_memory_error(self.py)?;
        self.nodes.push(node);
        Ok(())
    }
}
