//! The structure of a stream of documents: YAML 1.1, chapters 8 to 10 (block and flow collections, documents). Mirrors
//! `Parser` and `Composer`, of both loaders of PyYAML.
//!
//! Declines, beside what [`super::scanner`] declines: tags, anchors and aliases; keys that are no scalars, or are marked
//! with `?`; keys in flow sequences; a document whose root is a scalar; what follows `---` on its line; and every error.

use super::scanner::{Column, Scalar, Scanner};
use crate::cpython::{Stop, only_if};

/// What is told about the nodes of a stream, in the order of the text.
pub trait Events<'a> {
    /// A mapping begins. Its keys follow, each with its value.
    fn mapping(&mut self) -> Result<(), Stop>;
    /// A sequence begins. Its items follow.
    fn sequence(&mut self) -> Result<(), Stop>;
    /// The collection ends that began last.
    fn end(&mut self) -> Result<(), Stop>;
    /// A scalar that is the key of a mapping's next entry. It is on one line.
    fn key(&mut self, key: Scalar<'a>) -> Result<(), Stop>;
    /// A scalar that is a value, an item or a whole document.
    fn scalar(&mut self, scalar: Scalar<'a>) -> Result<(), Stop>;
}

/// The deepest nesting that is answered: no stack is used up by it.
pub const DEEPEST: usize = 100;

/// The column of a document: everything is right of it.
const DOCUMENT: Column = -1;

/// Reads a stream of documents.
pub struct Parser<'a, E> {
    scanner: Scanner<'a>,
    /// Who is told about the nodes.
    pub events: E,
    /// How many collections are around the present place.
    depth: usize,
    /// How deep the deepest collection is.
    pub deepest: usize,
}

impl<'a, E: Events<'a>> Parser<'a, E> {
    /// Of a text as `source` gives it.
    pub fn new(text: &'a [u8], events: E) -> Self {
        Self { scanner: Scanner::new(text), events, depth: 0, deepest: 0 }
    }

    /// Reads the whole stream. A document is a mapping, a sequence or empty.
    pub fn stream(&mut self) -> Result<(), Stop> {
        self.scanner.go_to_token()?;
        while self.scanner.peek().is_some() {
            self.scanner.take_document_start()?;
            if self.scanner.ends_document() {
                self.events.scalar(Scalar::EMPTY)?;
            } else {
                self.block(DOCUMENT)?;
                only_if(self.scanner.ends_document())?;
            }
        }
        Ok(())
    }

    /// A node in block style, right of `around`, the column of the collection around it; then goes to the next token.
    fn block(&mut self, around: Column) -> Result<(), Stop> {
        let column = self.scanner.column();
        match self.scanner.peek() {
            _ if self.scanner.is_entry() => self.block_sequence(column),
            Some(b'[' | b'{' | b'|' | b'>') => self.value(around),
            _ => match self.scanner.take_key(false)? {
                Some(key) => self.block_mapping(column, key),
                None => self.value(around),
            },
        }
    }

    /// A node that is no block collection, as it may stand behind a key; then goes to the next token.
    fn value(&mut self, around: Column) -> Result<(), Stop> {
        let is_flow = matches!(self.scanner.peek(), Some(b'[' | b'{'));
        only_if(is_flow || around != DOCUMENT)?;
        if is_flow {
            self.flow_collection()?;
            return self.scanner.end_line();
        }
        if matches!(self.scanner.peek(), Some(b'|' | b'>')) {
            let scalar = self.scanner.take_block(around)?;
            self.events.scalar(scalar)?;
            return self.scanner.go_to_token();
        }
        let scalar = match self.scanner.peek() {
            Some(quote @ (b'"' | b'\'')) => self.scanner.take_quoted(quote)?,
            _ => self.scanner.take_plain(around)?,
        };
        self.events.scalar(scalar)?;
        self.scanner.end_line()
    }

    /// A mapping whose keys are in that column, from its first key on, which was taken.
    fn block_mapping(&mut self, column: Column, first: Scalar<'a>) -> Result<(), Stop> {
        self.begin()?;
        self.events.mapping()?;
        let mut key = Some(first);
        while let Some(present) = key {
            self.events.key(present)?;
            if self.scanner.is_rest_empty() {
                self.scanner.go_to_token()?;
                self.below(column, true)?;
            } else {
                self.value(column)?;
            }
            key = if self.goes_on(column)? { self.next_key()? } else { None };
        }
        self.finish()
    }

    /// The key at the next token of a block mapping.
    fn next_key(&mut self) -> Result<Option<Scalar<'a>>, Stop> {
        only_if(!self.scanner.is_entry())?;
        let key = self.scanner.take_key(false)?;
        only_if(key.is_some())?;
        Ok(key)
    }

    /// A sequence whose entries are in that column.
    fn block_sequence(&mut self, column: Column) -> Result<(), Stop> {
        self.begin()?;
        self.events.sequence()?;
        while self.scanner.is_entry() {
            self.scanner.take(b'-');
            if self.scanner.is_rest_empty() {
                self.scanner.go_to_token()?;
                self.below(column, false)?;
            } else {
                self.block(column)?;
            }
            if !self.goes_on(column)? {
                break;
            }
        }
        self.finish()
    }

    /// A node on a line below its key or its `-`, which is in that column; null where there is none. The entries of a
    /// sequence that is a mapping's value may be in the mapping's own column.
    fn below(&mut self, column: Column, in_mapping: bool) -> Result<(), Stop> {
        let found = self.scanner.column();
        if self.scanner.ends_document()
            || found < column
            || (found == column && !(in_mapping && self.scanner.is_entry()))
        {
            self.events.scalar(Scalar::EMPTY)
        } else {
            self.block(column)
        }
    }

    /// Whether the next token belongs to the collection in that column. Declines where it belongs to none.
    fn goes_on(&self, column: Column) -> Result<bool, Stop> {
        let goes_on = !self.scanner.ends_document() && self.scanner.column() >= column;
        only_if(!goes_on || self.scanner.column() == column)?;
        Ok(goes_on)
    }

    /// A collection in flow style.
    fn flow_collection(&mut self) -> Result<(), Stop> {
        self.begin()?;
        let is_mapping = self.scanner.take(b'{');
        let end = if is_mapping { b'}' } else { b']' };
        if is_mapping {
            self.events.mapping()?;
        } else {
            self.scanner.take(b'[');
            self.events.sequence()?;
        }
        self.scanner.go_to_flow_token()?;
        while !self.scanner.take(end) {
            if is_mapping {
                self.flow_entry()?;
            } else {
                self.flow_node()?;
            }
            self.scanner.go_to_flow_token()?;
            if self.scanner.take(b',') {
                self.scanner.go_to_flow_token()?;
            } else {
                only_if(self.scanner.peek() == Some(end))?;
            }
        }
        self.finish()
    }

    /// An entry of a flow mapping.
    fn flow_entry(&mut self) -> Result<(), Stop> {
        match self.scanner.take_key(true)? {
            Some(key) => {
                self.events.key(key)?;
                self.scanner.go_to_flow_token()?;
                if matches!(self.scanner.peek(), Some(b',' | b'}')) {
                    self.events.scalar(Scalar::EMPTY)
                } else {
                    self.flow_node()
                }
            }
            None => Err(Stop::Decline),
        }
    }

    /// A node in flow style.
    fn flow_node(&mut self) -> Result<(), Stop> {
        let scalar = match self.scanner.peek() {
            Some(b'[' | b'{') => return self.flow_collection(),
            Some(quote @ (b'"' | b'\'')) => self.scanner.take_quoted(quote)?,
            _ => self.scanner.take_flow_plain()?,
        };
        self.events.scalar(scalar)
    }

    fn begin(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        only_if(self.depth <= DEEPEST)
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.depth -= 1;
        self.events.end()
    }
}
