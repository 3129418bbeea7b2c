//! Regular expressions of the plainest kind, on ASCII text: what `re.search` finds with them is beyond doubt.
//!
//! A pattern is parsed to a tree and compiled to an automaton, which is in several states at a time: no text takes long.
//! Answered are characters, classes of them, `.`, `\d`, `\w`, groups, `(?i:...)`, `|`, `?`, `*` and `+`; `^` where nothing
//! comes before it and `$` where nothing follows. All else is declined, and so is text that is not ASCII.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cpython::{OrDecline, Stop, only_if};

/// How many patterns are kept.
pub const KEPT: usize = 64;

/// The patterns that were compiled, or declined, last. The GIL is held by whoever holds this lock, so no fork comes between.
static COMPILED: Mutex<Vec<Compiled>> = Mutex::new(Vec::new());

/// A pattern's text, and the pattern if it is answered.
struct Compiled {
    text: Vec<u8>,
    pattern: Option<Arc<Pattern>>,
}

/// The longest pattern that is answered, in characters.
pub const LONGEST: usize = 2_000;

/// The deepest nesting of groups that is answered.
const DEEPEST: usize = 20;

/// A set of ASCII characters: a bit each.
type Set = u128;

const DIGITS: Set = range(b'0', b'9');
const WORD: Set = DIGITS | range(b'a', b'z') | range(b'A', b'Z') | single(b'_');

const fn single(byte: u8) -> Set {
    1 << byte
}

const fn range(first: u8, last: u8) -> Set {
    let (up_to_last, before) = (Set::MAX >> (127 - last), single(first) - 1);
    up_to_last & !before
}

/// The set with the other case of each of its letters.
fn in_any_case(set: Set) -> Set {
    let (upper, lower) = (set & range(b'A', b'Z'), set & range(b'a', b'z'));
    set | upper << 32 | lower >> 32
}

/// A pattern's tree.
enum Node {
    /// One character of a set.
    One(Set),
    /// One behind the other; nothing where there is none.
    All(Vec<Node>),
    /// One of several.
    Any(Vec<Node>),
    /// `?`, `*` or `+`.
    Repeated(Box<Node>, Times),
    /// `^`
    Start,
    /// `$`
    End,
}

/// How often something is repeated.
#[derive(Clone, Copy, PartialEq)]
enum Times {
    AtMostOnce,
    AnyNumber,
    AtLeastOnce,
}

impl Node {
    /// Whether it can match without a character.
    fn can_be_empty(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::All(parts) => parts.iter().all(Self::can_be_empty),
            Self::Any(parts) => parts.iter().any(Self::can_be_empty),
            Self::Repeated(inside, times) => *times != Times::AtLeastOnce || inside.can_be_empty(),
            Self::Start | Self::End => true,
        }
    }

    /// Whether `^` comes first and `$` last wherever they are, in a place that is the pattern's beginning or end, or not.
    fn is_anchored_well(&self, is_first: bool, is_last: bool) -> bool {
        match self {
            Self::One(_) => true,
            Self::Start => is_first,
            Self::End => is_last,
            Self::Any(parts) => parts.iter().all(|part| part.is_anchored_well(is_first, is_last)),
            Self::Repeated(inside, _) => inside.is_anchored_well(false, false),
            Self::All(parts) => parts
                .iter()
                .enumerate()
                .all(|(at, part)| part.is_anchored_well(is_first && at == 0, is_last && at + 1 == parts.len())),
        }
    }
}

/// Reads a pattern.
struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Stop> {
        let byte = self.peek().or_decline()?;
        self.at += 1;
        Ok(byte)
    }

    fn skip(&mut self, text: &[u8]) -> bool {
        let is_there = self.pattern[self.at..].starts_with(text);
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    /// Alternatives, up to the end of the pattern or of the group.
    fn alternatives(&mut self, any_case: bool, depth: usize) -> Result<Node, Stop> {
        only_if(depth <= DEEPEST)?;
        let mut all = vec![self.sequence(any_case, depth)?];
        while self.skip(b"|") {
            all.push(self.sequence(any_case, depth)?);
        }
        Ok(Node::Any(all))
    }

    fn sequence(&mut self, any_case: bool, depth: usize) -> Result<Node, Stop> {
        let mut all = Vec::new();
        while let Some(first) = self.peek().filter(|byte| !matches!(byte, b'|' | b')')) {
            self.at += 1;
            let one = self.one(first, any_case, depth)?;
            let times = match self.peek() {
                Some(b'?') => Times::AtMostOnce,
                Some(b'*') => Times::AnyNumber,
                Some(b'+') => Times::AtLeastOnce,
                _ => {
                    all.push(one);
                    continue;
                }
            };
            self.at += 1;
            // Lazy, possessive and double quantifiers; and repetitions of nothing, which end in Python's own way.
            only_if(!matches!(self.peek(), Some(b'?' | b'*' | b'+' | b'{')) && !one.can_be_empty())?;
            all.push(Node::Repeated(Box::new(one), times));
        }
        Ok(Node::All(all))
    }

    /// What can be repeated, behind its first character.
    fn one(&mut self, first: u8, any_case: bool, depth: usize) -> Result<Node, Stop> {
        let set = match first {
            b'^' => return Ok(Node::Start),
            b'$' => return Ok(Node::End),
            b'(' => {
                let begins_any_case = self.skip(b"?i:");
                only_if(begins_any_case || self.skip(b"?:") || self.peek() != Some(b'?'))?;
                let group = self.alternatives(any_case || begins_any_case, depth + 1)?;
                only_if(self.skip(b")"))?;
                return Ok(group);
            }
            b'[' => self.class(any_case)?,
            b'.' => !single(b'\n'),
            b'\\' => self.escape()?,
            b'{' | b'}' | b']' | b'?' | b'*' | b'+' => return Err(Stop::Decline),
            byte => single(byte),
        };
        Ok(Node::One(if any_case { in_any_case(set) } else { set }))
    }

    fn escape(&mut self) -> Result<Set, Stop> {
        match self.next()? {
            b'd' => Ok(DIGITS),
            b'w' => Ok(WORD),
            b'n' => Ok(single(b'\n')),
            byte if byte.is_ascii_punctuation() => Ok(single(byte)),
            _ => Err(Stop::Decline),
        }
    }

    /// A class, behind its `[`.
    fn class(&mut self, any_case: bool) -> Result<Set, Stop> {
        let is_negated = self.skip(b"^");
        only_if(!(is_negated && any_case) && self.peek() != Some(b']'))?;
        let mut set = 0;
        loop {
            let first = match self.next()? {
                b']' => break,
                b'\\' => {
                    set |= self.escape()?;
                    // A range from here on, say.
                    only_if(self.peek() != Some(b'-') || self.pattern.get(self.at + 1) == Some(&b']'))?;
                    continue;
                }
                b'[' | b'&' | b'|' | b'~' => return Err(Stop::Decline), // which Python warns of at times
                byte => byte,
            };
            let is_range = self.peek() == Some(b'-') && self.pattern.get(self.at + 1) != Some(&b']');
            if !is_range {
                set |= single(first);
                continue;
            }
            self.at += 1;
            let last = self.next()?;
            only_if(first <= last && first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())?;
            set |= range(first, last);
        }
        Ok(if is_negated { !set } else { set })
    }
}

/// A state of an automaton, with the states after it.
enum State {
    One(Set, usize),
    Either(usize, usize),
    Start(usize),
    End(usize),
    Found,
}

/// A pattern, ready to be looked for.
pub struct Pattern {
    states: Vec<State>,
    first: usize,
}

impl Pattern {
    /// The pattern with that text, which is ASCII: compiled once, for as long as it is among the last few.
    pub fn of(text: &[u8]) -> Result<Arc<Self>, Stop> {
        // An empty one matches everything, and yet is none to `additionalProperties`.
        only_if(!text.is_empty() && text.len() <= LONGEST)?;
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = compiled.iter().find(|own| own.text == text) {
            return found.pattern.clone().or_decline();
        }
        let pattern = Self::new(text).ok().map(Arc::new);
        if compiled.len() == KEPT {
            compiled.remove(0);
        }
        compiled.push(Compiled { text: text.to_vec(), pattern: pattern.clone() });
        pattern.or_decline()
    }

    /// Declines a pattern with anything in it that is not named at the top of this file.
    fn new(pattern: &[u8]) -> Result<Self, Stop> {
        let mut parser = Parser { pattern, at: 0 };
        let tree = parser.alternatives(false, 1)?;
        only_if(parser.at == pattern.len() && tree.is_anchored_well(true, true))?;
        let mut automaton = Self { states: vec![State::Found], first: 0 };
        automaton.first = automaton.add(&tree, 0);
        Ok(automaton)
    }

    fn push(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len() - 1
    }

    /// Adds the states of a tree, from which it goes on to `next`. Gives the first of them.
    fn add(&mut self, tree: &Node, next: usize) -> usize {
        match tree {
            Node::One(set) => self.push(State::One(*set, next)),
            Node::Start => self.push(State::Start(next)),
            Node::End => self.push(State::End(next)),
            Node::All(parts) => parts.iter().rev().fold(next, |next, part| self.add(part, next)),
            Node::Any(parts) => {
                let starts: Vec<_> = parts.iter().map(|part| self.add(part, next)).collect();
                starts.into_iter().reduce(|one, other| self.push(State::Either(one, other))).unwrap_or(next)
            }
            Node::Repeated(inside, Times::AtMostOnce) => {
                let inside = self.add(inside, next);
                self.push(State::Either(inside, next))
            }
            Node::Repeated(inside, times) => {
                let again = self.push(State::Either(next, next));
                let inside = self.add(inside, again);
                self.states[again] = State::Either(inside, next);
                if *times == Times::AtLeastOnce { inside } else { again }
            }
        }
    }

    /// Whether it is anywhere in an ASCII text: `re.search`.
    pub fn is_in(&self, text: &[u8]) -> bool {
        // For each state, the place, counted from 1, where the automaton was last in it.
        let mut seen = vec![0; self.states.len()];
        let (mut present, mut following, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..=text.len() {
            present.push(self.first);
            while let Some(state) = present.pop() {
                left.push(state);
                while let Some(state) = left.pop() {
                    if std::mem::replace(&mut seen[state], at + 1) == at + 1 {
                        continue;
                    }
                    match self.states[state] {
                        State::Found => return true,
                        State::Start(next) if at == 0 => left.push(next),
                        // Also before a line feed that is the last character.
                        State::End(next) if text[at..].is_empty() || text[at..] == *b"\n" => left.push(next),
                        State::Either(one, other) => left.extend([one, other]),
                        State::One(set, next) if text.get(at).is_some_and(|byte| set & single(*byte) != 0) => {
                            following.push(next);
                        }
                        _ => {}
                    }
                }
            }
            std::mem::swap(&mut present, &mut following);
        }
        false
    }
}
