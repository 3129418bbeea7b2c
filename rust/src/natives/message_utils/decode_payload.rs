//! `decode_payload(payload_str, payload_type=None, raise_for_mismatch=True)`.
//!
//! Answers: a `str` with a payload of that type, whose content is JSON; and a `str` without any payload, if nothing is to be
//! raised. The content is decoded by `json.loads`, which is Python's own object.
//! Declines: everything that raises; a `str` with payloads of other types alone, for which SkyPilot's releases return other
//! texts; and content that is no JSON.

use crate::cpython::collection::tuple;
use crate::cpython::error::Forget;
use crate::cpython::{Answer, Characters, Stop, Text, number, object, only_if, recursion};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["payload_str", "payload_type", "raise_for_mismatch"]),
    guards: &[GUARDS],
    thresholds: &[],
    call,
};

/// The function `json.loads`.
static LOADS: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("RecursionError"),
    Guard::builtin("ValueError"),
    Guard::function("json.loads", "json").kept_as(&LOADS),
    // Content that is no JSON is decoded once more by the original: nobody may see that.
    Guard::instance("json.loads.@._default_decoder", "json.decoder", "JSONDecoder"),
    Guard::table("_PAYLOAD_PATTERN", "78077edd11d35cebd6a0a56ea0353e87c79ca8eca537628cc9c249079ef86e47").if_there(),
];

/// How many calls the original nests at most before it decodes the content.
const CALLS: usize = 20;

const OPENING: &[u8] = b"<sky-payload";
const CLOSING: &[u8] = b"</sky-payload>";

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let (text, wanted, raises) = (arguments.text(0)?, arguments.optional_text(1)?, arguments.bool(2)?);
    let content = match text.characters() {
        Characters::Ascii(text) | Characters::One(text) => content(text, wanted)?,
        Characters::Two(text) => content(text, wanted)?,
        Characters::Four(text) => content(text, wanted)?,
    };
    let Some((start, end)) = content else {
        only_if(!raises)?;
        return tuple(py, vec![number::new_bool(py, false), text.itself()]);
    };
    only_if(recursion::fits(py, CALLS))?;
    let content = text.slice(start, end)?;
    // One call deeper than the original makes it: what succeeds here doesn't fail there.
    let decoded = recursion::one_deeper(py, || object::call_with(&arguments.kept(&LOADS)?, &content));
    let decoded = decoded.or_forget_value_error(py).or_forget_recursion_error(py)?;
    if raises { Ok(decoded) } else { tuple(py, vec![number::new_bool(py, true), decoded]) }
}

/// Where the content of the first payload of that type, or of any type, begins and ends; `None` where there is no payload.
/// Declines where there are payloads of other types alone.
///
/// A payload is in one line: `<sky-payload`, its type, `>`, its content, `</sky-payload>`; each of them ends as early as it can.
fn content<C: Character>(text: &[C], wanted: Option<Text<'_, '_>>) -> Result<Option<(usize, usize)>, Stop> {
    let (mut from, mut line_end) = (0, 0);
    let mut has_others = false;
    while let Some(opening) = find(text, OPENING, from) {
        if opening >= line_end {
            line_end = C::find(&text[opening..], b'\n').map_or(text.len(), |at| opening + at);
        }
        let line = &text[..line_end];
        let kind = opening + OPENING.len();
        let start = C::find(&line[kind..], b'>').map(|at| kind + at + 1);
        // Where this one isn't closed in its line, no later one is.
        let Some((start, end)) = start.and_then(|start| Some((start, find(line, CLOSING, start)?))) else {
            from = line_end;
            continue;
        };
        if wanted.is_none_or(|wanted| is_same(&text[kind..start - 1], wanted)) {
            return Ok(Some((start, end)));
        }
        has_others = true;
        from = end + CLOSING.len();
    }
    if has_others { Err(Stop::Decline) } else { Ok(None) }
}

/// A character of a `str`, of the width that CPython keeps it in.
trait Character: Copy + Into<u32> {
    /// Where an ASCII character is for the first time.
    fn find(text: &[Self], character: u8) -> Option<usize> {
        text.iter().position(|&one| one.into() == u32::from(character))
    }
}

impl Character for u8 {
    fn find(text: &[Self], character: u8) -> Option<usize> {
        memchr::memchr(character, text)
    }
}

impl Character for u16 {}
impl Character for u32 {}

/// Where ASCII characters are for the first time, one behind the other, from `from` on.
fn find<C: Character>(text: &[C], ascii: &[u8], mut from: usize) -> Option<usize> {
    while let Some(at) = C::find(&text[from..], ascii[0]) {
        from += at;
        let there = text[from..].iter().map(|&character| character.into());
        if text.len() - from >= ascii.len() && there.zip(ascii).all(|(one, &other)| one == u32::from(other)) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// Whether the characters are those of a `str`.
fn is_same<C: Character>(characters: &[C], text: Text<'_, '_>) -> bool {
    fn equal<C: Character, D: Character>(one: &[C], other: &[D]) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(&one, &other)| one.into() == other.into())
    }
    match text.characters() {
        Characters::Ascii(text) | Characters::One(text) => equal(characters, text),
        Characters::Two(text) => equal(characters, text),
        Characters::Four(text) => equal(characters, text),
    }
}
