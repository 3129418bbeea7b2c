//! Trees of the built-in types, and their deep copies. Mirrors `copy.deepcopy`, which goes through a whole tree even where
//! only a part of the copy is wanted.
//!
//! Declines: objects of all other types, among them subclasses and ints of more than 64 bits; keys that are no scalars;
//! collections inside themselves, and a nesting deeper than [`DEEPEST`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::cpython::builtin::{Builtin, Dict, is_held_elsewhere};
use crate::cpython::collection::{NewDict, list, tuple};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{Object, OrDecline, Stop, only_if, recursion};
use crate::effects::signals::Steps;
use crate::guards::Guard;

/// For what is copied with `copy.deepcopy`.
pub const DEEPCOPY: &[Guard] = &[
    Guard::function("copy.deepcopy", "copy"),
    Guard::table("copy.deepcopy.__defaults__", "a92e3928afea494721145a138757671832545420542c399a181130484d0d8117"),
    Guard::function("copy.deepcopy.@._keep_alive", "copy"),
    Guard::function("copy.deepcopy.@._reconstruct", "copy"),
    RECONSTRUCT_DEFAULTS,
    Guard::builtin("copy.deepcopy.@.KeyError"),
    Guard::builtin("copy.deepcopy.@.getattr"),
    Guard::builtin("copy.deepcopy.@.id"),
    Guard::builtin("copy.deepcopy.@.isinstance"),
    Guard::builtin("copy.deepcopy.@.issubclass"),
    Guard::builtin("copy.deepcopy.@.str"),
    Guard::builtin("copy.deepcopy.@.tuple"),
    Guard::builtin("copy.deepcopy.@.type"),
    Guard::builtin("copy.deepcopy.@.zip"),
    Guard::methods(
        "copy.deepcopy.@._deepcopy_dispatch",
        "copy",
        &[
            ("NoneType", "_deepcopy_atomic"),
            ("bool", "_deepcopy_atomic"),
            ("dict", "_deepcopy_dict"),
            ("float", "_deepcopy_atomic"),
            ("int", "_deepcopy_atomic"),
            ("list", "_deepcopy_list"),
            ("str", "_deepcopy_atomic"),
            ("tuple", "_deepcopy_tuple"),
            ("type", "_deepcopy_atomic"),
        ],
    ),
    Guard::table("copy.deepcopy.@._deepcopy_dict.__defaults__", DEEPCOPY_ITSELF),
    Guard::table("copy.deepcopy.@._deepcopy_list.__defaults__", DEEPCOPY_ITSELF),
    Guard::table("copy.deepcopy.@._deepcopy_tuple.__defaults__", DEEPCOPY_ITSELF),
    Guard::function("copyreg.__newobj__", "copyreg").imported(),
];

/// Of the defaults of functions that have `copy.deepcopy` as one.
const DEEPCOPY_ITSELF: &str = "beef4f912009096d28aeff3518cb5f26a53d6ba7c2bdba8eb48778f94f3edde2";

/// Since CPython 3.10, one of them is for a keyword.
#[cfg(Py_3_10)]
const RECONSTRUCT_DEFAULTS: Guard = Guard::table(
    "copy.deepcopy.@._reconstruct.__kwdefaults__",
    "abc648d64df4efe39e383c9c9f015d5811e18093365b2e1df6e847ab8d2334be",
);
#[cfg(not(Py_3_10))]
const RECONSTRUCT_DEFAULTS: Guard = Guard::table(
    "copy.deepcopy.@._reconstruct.__defaults__",
    "e30a70c6ce478b6d7b7932b36a27d71b609070fc09d15d131f26d71af714adfe",
);

/// The deepest nesting that is answered: no stack is used up by it.
pub const DEEPEST: usize = 100;

/// How many calls the original nests at most for each level of a tree, and beside them: to get there, and to copy a scalar.
const CALLS: (usize, usize) = (3, 20);

/// Whether the original may surely nest as many calls as it needs for a tree of that depth.
pub fn fits(py: Python<'_>, depth: usize) -> bool {
    recursion::remaining(py).is_some_and(|remaining| remaining >= CALLS.0 * depth + CALLS.1)
}

/// Goes through a tree, and notes what a copy of it is made of if one is wanted.
///
/// Other code may run between two nodes, and change the tree. As in the original, each entry and each item is read when its turn
/// comes; a dict that gets or loses entries meanwhile declines.
pub struct Tree<'py> {
    py: Python<'py>,
    /// Whether a copy is wanted.
    is_copied: bool,
    /// The nodes so far, each before those inside it, if a copy is wanted.
    nodes: Vec<Node<'py>>,
    /// The collections that may be in several places, by their address, each with the index of its node. They are held: else
    /// another one could get the address of one that is gone from the tree.
    shared: HashMap<usize, (Object<'py>, usize)>,
    /// The nodes that were gone through.
    steps: Steps,
    /// How deep the deepest collection is.
    pub depth: usize,
}

/// What a copy has at a place.
enum Node<'py> {
    /// The same object.
    Scalar(Object<'py>),
    /// A dict of so many entries, whose keys and values follow in turn.
    Dict(usize),
    /// A list of so many items, which follow.
    List(usize),
    /// That tuple, if its items, which follow, are the same objects in the copy.
    Tuple(Bound<'py, PyTuple>),
    /// The collection whose node has that index.
    Again(usize),
}

impl<'py> Tree<'py> {
    /// For looking at a tree.
    pub fn without_copy(py: Python<'py>) -> Self {
        Self { py, is_copied: false, nodes: Vec::new(), shared: HashMap::new(), steps: Steps::default(), depth: 0 }
    }

    /// For looking at a tree and copying it.
    pub fn with_copy(py: Python<'py>) -> Self {
        Self { is_copied: true, ..Self::without_copy(py) }
    }

    /// The entries of a dict, or of an instance of a subclass, and all inside them. `depth` is the number of collections
    /// around them, with itself. Returns the number of entries.
    pub fn entries(&mut self, dict: Dict<'_, 'py>, depth: usize) -> Result<usize, Stop> {
        dict.read(|key, value| {
            let builtin = Builtin::of(&key).or_decline()?;
            only_if(!matches!(builtin, Builtin::Dict(_) | Builtin::List(_) | Builtin::Tuple(_)))?;
            self.push(Node::Scalar(key))?;
            self.node(value, depth)
        })
    }

    /// Items, and all inside them, as [`Self::entries`].
    fn items(&mut self, items: impl Iterator<Item = Object<'py>>, depth: usize) -> Result<usize, Stop> {
        let mut count = 0;
        for item in items {
            self.node(item, depth)?;
            count += 1;
        }
        Ok(count)
    }

    /// A node, and those inside it. `depth` is the number of collections around it.
    pub fn node(&mut self, object: Object<'py>, depth: usize) -> Result<(), Stop> {
        self.steps.step(self.py)?;
        match Builtin::of(&object).or_decline()? {
            Builtin::Dict(dict) => {
                self.collection(&object, depth, Node::Dict(dict.len()), |it| it.entries(dict, depth + 1))
            }
            Builtin::List(list) => {
                self.collection(&object, depth, Node::List(list.len()), |it| it.items(list.items(), depth + 1))
            }
            Builtin::Tuple(tuple) if !tuple.is_empty() => {
                self.collection(&object, depth, Node::Tuple(tuple.held()), |it| it.items(tuple.items(), depth + 1))
            }
            _ => self.push(Node::Scalar(object)),
        }
    }

    /// A collection's node with those inside it; where the collection was met before, only that it is there again.
    fn collection(
        &mut self,
        object: &Object<'py>,
        depth: usize,
        node: Node<'py>,
        inside: impl FnOnce(&mut Self) -> Result<usize, Stop>,
    ) -> Result<(), Stop> {
        only_if(depth < DEEPEST)?;
        self.depth = self.depth.max(depth + 1);
        let index = self.nodes.len();
        if is_held_elsewhere(object) {
            self.shared.try_reserve(1).or_memory_error(self.py)?;
            match self.shared.entry(object.as_ptr() as usize) {
                Entry::Occupied(met) => {
                    let index = met.get().1;
                    return self.push(Node::Again(index));
                }
                Entry::Vacant(new) => new.insert((object.clone(), index)),
            };
        }
        self.push(node)?;
        let count = inside(self)?;
        if let Some(Node::List(length)) = self.nodes.get_mut(index) {
            *length = count; // which may have changed meanwhile
        }
        Ok(())
    }

    fn push(&mut self, node: Node<'py>) -> Result<(), Stop> {
        if self.is_copied {
            self.nodes.try_reserve(1).or_memory_error(self.py)?;
            self.nodes.push(node);
        }
        Ok(())
    }

    /// The copy of what was gone through.
    pub fn copy(self) -> Result<Object<'py>, Stop> {
        Copier::of(self)?.node()
    }

    /// Puts copies of the entries that were gone through into a new dict.
    pub fn copy_entries(self, count: usize, into: &NewDict<'py>) -> Result<(), Stop> {
        Copier::of(self)?.entries(count, into)
    }
}

/// Makes a copy from a tree's nodes. These hold all that they need of the tree, which other code may change meanwhile.
struct Copier<'py> {
    py: Python<'py>,
    nodes: Vec<Node<'py>>,
    /// The index of the node that comes next.
    next: usize,
    /// The nodes that were copied.
    steps: Steps,
    /// The copies of collections that are in several places, by the index of their node; `None` before they are made, also
    /// for a collection that is inside itself.
    shared: HashMap<usize, Option<Object<'py>>>,
}

impl<'py> Copier<'py> {
    fn of(tree: Tree<'py>) -> Result<Self, Stop> {
        let mut shared = HashMap::new();
        for node in &tree.nodes {
            if let Node::Again(index) = node {
                shared.try_reserve(1).or_memory_error(tree.py)?;
                shared.insert(*index, None);
            }
        }
        Ok(Self { py: tree.py, nodes: tree.nodes, next: 0, steps: Steps::default(), shared })
    }

    /// The copy of the next node.
    fn node(&mut self) -> Result<Object<'py>, Stop> {
        let index = self.next;
        self.next += 1;
        self.steps.step(self.py)?; // no other code knows what is being made
        let copy = match self.nodes.get(index).or_decline()? {
            Node::Scalar(object) => return Ok(object.clone()),
            Node::Again(index) => return self.shared.get(index).cloned().flatten().or_decline(),
            Node::Dict(count) => {
                let (count, dict) = (*count, NewDict::new(self.py)?);
                self.entries(count, &dict)?;
                dict.into_object()
            }
            Node::List(count) => {
                let count = *count;
                list(self.py, self.items(count)?)?
            }
            Node::Tuple(original) => {
                let original = original.clone();
                let items = self.items(original.len())?;
                if original.iter().zip(&items).all(|(own, copy)| own.is(copy)) {
                    original.into_any()
                } else {
                    tuple(self.py, items)?
                }
            }
        };
        if let Some(shared) = self.shared.get_mut(&index) {
            *shared = Some(copy.clone());
        }
        Ok(copy)
    }

    fn items(&mut self, count: usize) -> Result<Vec<Object<'py>>, Stop> {
        let mut items = Vec::new();
        items.try_reserve_exact(count).or_memory_error(self.py)?;
        for _ in 0..count {
            items.push(self.node()?);
        }
        Ok(items)
    }

    fn entries(&mut self, count: usize, into: &NewDict<'py>) -> Result<(), Stop> {
        for _ in 0..count {
            let key = self.node()?;
            into.set(&key, &self.node()?)?;
        }
        Ok(())
    }
}
