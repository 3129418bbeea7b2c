"""Wrong natives of `truncate_long_string`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("edge", "string.len() <= most", "string.len() < most"),
    Fault("edge", "letters >= most", "letters > most"),
    Fault("edge", "start.saturating_sub(1)", "start"),
    Fault(
        "value",
        "string.itself()",
        "match string.ascii() { Some(ascii) => text::ascii(arguments.py(), &[ascii])?, None => string.itself() }",
        shows="The result equals the argument, and is not the argument.",
    ),
    Fault(
        "size",
        "usize::try_from(arguments.int(1)?).or_decline()?",
        "usize::try_from(arguments.int(1)?).or_decline()? & 0xffff_ffff",
        shows="max_length=2**32.",
    ),
    Fault(
        "size",
        "letters += space - start",
        "letters = (letters + space - start) & 0xffff",
        shows="More than 65,536 letters in words, and a larger max_length: ('ab ' * 40_000, 70_000).",
    ),
    Fault("rounding", "kept.div_ceil(2)", "kept / 2"),
    Fault(
        "encoding",
        "string.len() <= most",
        "text::utf8(&string.itself()).map_or(string.len(), |it| it.len()) <= most",
        shows="Letters that UTF-8 has more bytes for count as more.",
    ),
    Fault(
        "encoding",
        "memchr::memchr(b' ', &ascii[start..])",
        "ascii[start..].iter().position(u8::is_ascii_whitespace)",
        "rust/src/cpython/text.rs",
        "A tab or a newline ends a word.",
    ),
    Fault(
        "encoding",
        "' ' as u32",
        r"'\u{a0}' as u32",
        "rust/src/cpython/text.rs",
        "Words of a string that isn't ASCII, with spaces in it, or with no-break spaces.",
    ),
    Fault(
        "type",
        "object.cast_exact::<PyString>().ok().map(Self)",
        "object.cast::<PyString>().ok().map(Self)",
        "rust/src/cpython/text.rs",
        "A subclass of str has a __len__ of its own.",
    ),
    Fault(
        "cache",
        "end_of_words(most, |start| string.find_space(start))",
        "static LAST: std::sync::Mutex<[usize; 4]> = std::sync::Mutex::new([0; 4]); "
        "let mut last = LAST.lock().unwrap(); "
        "let key = [arguments.object(0).as_ptr() as usize, string.len(), most]; "
        "if last[..3] != key { "
        "*last = [key[0], key[1], key[2], end_of_words(most, |start| string.find_space(start))]; } last[3]",
        shows="Another string of the same length lies where the one before lay.",
        unseen="no two strings of one length lie in the same place, one after the other",
    ),
    forgotten("len", "A global of the module hides len."),
    forgotten("enumerate", "A global of the module hides enumerate."),
    Fault(
        "memory",
        "string.slice(length - end, length)?",
        leaking("string.slice(length - end, length)?"),
        shows="A string that isn't ASCII, cut in its middle, leaves its end behind.",
    ),
    Fault(
        "reference",
        "string.itself()",
        leaking("string.itself()"),
        shows="A string that is short enough has one reference more after each call.",
    ),
)

CALL = Call(("word " * 20,))

PATCHES: Patches = (
    ("a global hides len", replaced(f"{MODULE}.len", lambda s: 10**6, create=True)),
    ("a global hides enumerate", replaced(f"{MODULE}.enumerate", lambda s: [(1, "")], create=True)),
)
