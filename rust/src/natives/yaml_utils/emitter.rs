//! Writes nodes as YAML. Mirrors `Emitter` with the arguments that SkyPilot gives it (block style, an indent of 2, lines of 80
//! columns, ASCII), `Serializer.serialize_node`, and the line breaks of SkyPilot's `LineBreakDumper`. YAML 1.1, chapters 6 to 9.
//!
//! The output depends on what was last written, as PyYAML's does: on the column, on whether it was whitespace, and on whether
//! it was indention (spaces, `-`, `?` or `:` at a line's beginning).

use super::analysis::{Analysis, analyze};
use super::representer::{Anchor, Node, Scalar};
use crate::cpython::error::OrMemoryError;
use crate::cpython::{OrDecline, Python, Stop};
use crate::effects::signals::Steps;

/// The column beyond which a scalar is folded.
pub(super) const BEST_WIDTH: usize = 80;

/// The columns by which a level is indented.
const BEST_INDENT: usize = 2;

/// A key of so many characters or more, with its anchor and its tag, is no simple key.
pub(super) const SIMPLE_KEY: usize = 128;

/// The place of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// A key, or a value: in a mapping.
    Entry,
    SimpleKey,
}

/// Writes documents, one behind the other.
pub struct Emitter<'py> {
    pub(super) py: Python<'py>,
    /// All that was written.
    pub out: Vec<u8>,
    /// The present indent; `None` before a document's first.
    indent: Option<usize>,
    /// How many indents are around the present one: the height of PyYAML's stack.
    levels: usize,
    /// The column of what comes next.
    pub(super) column: usize,
    /// Whether a space or a line's beginning was written last.
    pub(super) whitespace: bool,
    /// Whether there is nothing but indention in the line.
    pub(super) indention: bool,
    /// Whether the document ended with a plain scalar, so that the stream needs a `...` at its end.
    pub(super) open_ended: bool,
    /// The nodes that were written.
    nodes: Steps,
}

impl<'py> Emitter<'py> {
    /// At the beginning of a stream.
    pub fn new(py: Python<'py>) -> Self {
        Self {
            py,
            out: Vec::new(),
            indent: None,
            levels: 0,
            column: 0,
            whitespace: true,
            indention: true,
            open_ended: false,
            nodes: Steps::default(),
        }
    }

    /// A stream of documents, whose nodes lie one behind the other.
    pub fn stream(&mut self, nodes: &[Node<'_>]) -> Result<(), Stop> {
        let mut at = 0;
        while at < nodes.len() {
            if at > 0 {
                self.write_indent()?;
                self.write_indicator(b"---")?;
            }
            at = self.node(nodes, at, Place::Root)?;
            self.write_indent()?;
        }
        if self.open_ended {
            self.write_indicator(b"...")?;
            self.write_indent()?;
        }
        Ok(())
    }

    /// The node at `at`, with those inside it: gives the index of the next. Mirrors `expect_node`.
    fn node(&mut self, nodes: &[Node<'_>], at: usize, place: Place) -> Result<usize, Stop> {
        self.nodes.step(self.py)?; // the nodes hold nothing that can change
        match &nodes[at] {
            Node::Scalar(scalar) => {
                self.scalar(scalar, place, None)?;
                Ok(at + 1)
            }
            Node::Alias(anchor) => {
                self.write_anchor(b'*', *anchor)?;
                Ok(at + 1)
            }
            Node::Sequence(length, anchor) => {
                self.write_anchor(b'&', *anchor)?;
                if *length == 0 { self.empty(b"[", b"]", at) } else { self.sequence(nodes, at + 1, *length, place) }
            }
            Node::Mapping(length, anchor) => {
                self.write_anchor(b'&', *anchor)?;
                if *length == 0 { self.empty(b"{", b"}", at) } else { self.mapping(nodes, at + 1, *length) }
            }
        }
    }

    /// An empty collection, in flow style.
    fn empty(&mut self, opening: &[u8], closing: &[u8], at: usize) -> Result<usize, Stop> {
        self.write_indicator(opening)?;
        self.put(closing)?;
        self.column += 1;
        Ok(at + 1)
    }

    /// The items of a block sequence. Mirrors `expect_block_sequence`.
    fn sequence(&mut self, nodes: &[Node<'_>], at: usize, items: usize, place: Place) -> Result<usize, Stop> {
        // A sequence right behind its key's colon isn't indented further.
        let is_indentless = place == Place::Entry && !self.indention;
        let outer = self.increase_indent(if is_indentless { 0 } else { BEST_INDENT }, 0);
        let mut at = at;
        for _ in 0..items {
            self.write_indent()?;
            self.write_block_indicator(b"-")?;
            at = self.node(nodes, at, Place::Item)?;
        }
        self.decrease_indent(outer);
        Ok(at)
    }

    /// The entries of a block mapping. Mirrors `expect_block_mapping`.
    fn mapping(&mut self, nodes: &[Node<'_>], at: usize, entries: usize) -> Result<usize, Stop> {
        let outer = self.increase_indent(BEST_INDENT, 0);
        let mut at = at;
        for _ in 0..entries {
            self.write_indent()?;
            let key = &nodes[at];
            let analysis = match key {
                Node::Scalar(scalar) => scalar.text().map(|text| analyze(text.characters())),
                _ => None,
            };
            if is_simple_key(key, analysis) {
                if let Node::Scalar(scalar) = key {
                    self.scalar(scalar, Place::SimpleKey, analysis)?;
                    at += 1;
                } else {
                    at = self.node(nodes, at, Place::SimpleKey)?;
                }
                self.put(b":")?;
                self.column += 1;
                self.whitespace = false;
                self.indention = false;
            } else {
                self.write_block_indicator(b"?")?;
                at = self.node(nodes, at, Place::Entry)?;
                self.write_indent()?;
                self.write_block_indicator(b":")?;
            }
            self.open_ended = false;
            at = self.node(nodes, at, Place::Entry)?;
        }
        self.decrease_indent(outer);
        Ok(at)
    }

    /// A scalar, in the style that its characters and its tag call for. Mirrors `choose_scalar_style` and `process_scalar`.
    fn scalar(&mut self, scalar: &Scalar<'_>, place: Place, analysis: Option<Analysis>) -> Result<(), Stop> {
        let outer = self.increase_indent(BEST_INDENT, BEST_INDENT);
        let (is_root, split) = (place == Place::Root, place != Place::SimpleKey);
        match scalar {
            Scalar::Str(_) => {
                let characters = scalar.text().or_decline()?.characters();
                self.write_str(characters, analysis.unwrap_or_else(|| analyze(characters)), is_root, split)?;
            }
            Scalar::Null => self.write_plain(b"null", is_root, split)?,
            Scalar::Bool(true) => self.write_plain(b"true", is_root, split)?,
            Scalar::Bool(false) => self.write_plain(b"false", is_root, split)?,
            Scalar::Int(value) => {
                self.write_plain(itoa::Buffer::new().format(*value).as_bytes(), is_root, split)?;
            }
            Scalar::Float(value) => self.write_float(*value, is_root, split)?,
        }
        self.decrease_indent(outer);
        Ok(())
    }

    /// Indents what follows by so many columns more, or by `first` where nothing is indented yet. Gives the indent before.
    fn increase_indent(&mut self, by: usize, first: usize) -> Option<usize> {
        self.levels += 1;
        self.indent.replace(self.indent.map_or(first, |indent| indent + by))
    }

    fn decrease_indent(&mut self, outer: Option<usize>) {
        self.levels -= 1;
        self.indent = outer;
    }

    /// An anchor or an alias, if there is one.
    fn write_anchor(&mut self, indicator: u8, anchor: Anchor) -> Result<(), Stop> {
        if anchor == 0 {
            return Ok(());
        }
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(anchor).as_bytes();
        self.write_indicator(&[indicator, b'i', b'd'])?;
        let zeros = &b"000"[..3_usize.saturating_sub(digits.len())];
        self.put(zeros)?;
        self.put(digits)?;
        self.column += zeros.len() + digits.len();
        Ok(())
    }

    /// An indicator, behind a space where there is no whitespace yet.
    pub(super) fn write_indicator(&mut self, indicator: &[u8]) -> Result<(), Stop> {
        if !self.whitespace {
            self.put(b" ")?;
            self.column += 1;
        }
        self.put(indicator)?;
        self.column += indicator.len();
        self.whitespace = false;
        self.indention = false;
        self.open_ended = false;
        Ok(())
    }

    /// The same, of an indicator that is itself indention where it follows some.
    fn write_block_indicator(&mut self, indicator: &[u8]) -> Result<(), Stop> {
        let indention = self.indention;
        self.write_indicator(indicator)?;
        self.indention = indention;
        Ok(())
    }

    /// A new line, unless this one has nothing but indention up to the indent, and the indent.
    ///
    /// PyYAML also asks for whitespace in front of the indent's column. It is always there: of indention, only `-`, `?` and `:`
    /// are none, and they end in odd columns, where no indent is.
    pub(super) fn write_indent(&mut self) -> Result<(), Stop> {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent {
            self.write_line_break()?;
        }
        if self.column < indent {
            self.whitespace = true;
            let spaces = indent - self.column;
            self.out.try_reserve(spaces).or_memory_error(self.py)?;
            self.out.resize(self.out.len() + spaces, b' ');
            self.column = indent;
        }
        Ok(())
    }

    /// A line break, and one more on the outermost level: SkyPilot's blank line between the entries there.
    pub(super) fn write_line_break(&mut self) -> Result<(), Stop> {
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
        self.put(if self.levels == 1 { b"\n\n" } else { b"\n" })
    }

    /// Appends to the output, all of which is ASCII.
    pub(super) fn put(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.out.try_reserve(text.len()).or_memory_error(self.py)?;
        self.out.extend_from_slice(text);
        Ok(())
    }
}

/// Whether a key can be written without a `?`. Mirrors `check_simple_key`, which counts the key's tag, though it isn't written.
fn is_simple_key(key: &Node<'_>, analysis: Option<Analysis>) -> bool {
    match key {
        // What is no str is a number or a word, none of which is long.
        Node::Scalar(scalar) => scalar.text().zip(analysis).is_none_or(|(text, analysis)| {
            text.len() + STR.len() < SIMPLE_KEY && !analysis.empty && !analysis.multiline
        }),
        Node::Sequence(length, _) => *length == 0,
        _ => true, // an alias, since no dict is a key
    }
}

/// The tag of a str.
const STR: &str = "!!str";
