"""Wrong natives of `decode_payload`, and patches of what it looks up."""

from __future__ import annotations

import re

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.message_utils"

FAULTS = (
    Fault("value", "only_if(!raises)?", "()", shows="A text without a payload, where that is to be raised."),
    Fault(
        "type",
        "has_others = true",
        "has_others = false",
        shows="A payload of another type alone.",
        unseen="SkyPilot 0.14.1 returns the text then, as for a text without one",
    ),
    Fault("value", "from = end + CLOSING.len()", "from = line_end", shows="A second payload in the line."),
    Fault("edge", "from = line_end", "from = text.len()", shows="A payload below one that is not closed."),
    Fault(
        "edge", "C::find(&text[opening..], b'\\n')", "C::find(&text[opening..], b'\\r')", shows="A line feed inside."
    ),
    Fault("edge", "from += 1", "from += ascii.len()", shows="<<sky-payload>8</sky-payload>"),
    Fault("value", "&text[kind..start - 1]", "&text[kind..start]", shows="A payload of a type."),
    Fault(
        "encoding", "one == u32::from(other)", "one as u8 == other", shows="A character whose last byte is that of `<`."
    ),
    Fault(
        "encoding", "one.into() == other.into()", "one.into() as u8 == other.into() as u8", shows="Types of two widths."
    ),
    Fault("size", "text.len() - from >= ascii.len()", "true", shows="A text that ends in `<`."),
    Fault(
        "type",
        "decoded.or_forget_value_error(py).or_forget_recursion_error(py)?",
        "decoded?",
        shows="Content that is no JSON, where nothing is to be raised.",
    ),
    Fault(
        "world",
        "recursion::one_deeper(py, || object::call_with(&arguments.kept(&LOADS)?, &content))",
        "object::call_with(&arguments.kept(&LOADS)?, &content)",
        shows="A nesting that is one too deep.",
        unseen="CPython 3.9 and 3.10 alone count one call less for a native than for the original",
    ),
    Fault(
        "world",
        "recursion::fits(py, CALLS)",
        "recursion::fits(py, 1)",
        shows="Three calls left.",
        unseen="CPython takes no limit that is so near to where it is set",
    ),
    Fault(
        "reference",
        "vec![number::new_bool(py, false), text.itself()]",
        f"vec![number::new_bool(py, false), {leaking('text.itself()')}]",
        shows="Each log line is left behind.",
    ),
    forgotten("json.loads", "json.loads is replaced."),
    forgotten("_PAYLOAD_PATTERN", "The module's pattern is replaced.", "it replaces no data"),
)

CALL = Call(('a <sky-payload>{"a": [1, 2.5, null]}</sky-payload>\n',), {"raise_for_mismatch": False})

PATCHES: Patches = (
    ("json.loads", replaced("json.loads", lambda text: 7)),
    ("json in the module", replaced(f"{MODULE}.json", type("json", (), {"loads": staticmethod(lambda text: 8)}))),
    ("the pattern", replaced(f"{MODULE}._PAYLOAD_PATTERN", re.compile("(b)(c)"))),
    ("the decoder", replaced("json._default_decoder", type("Decoder", (), {"decode": lambda self, text: 9})())),
    ("the decoder's method", replaced("json.decoder.JSONDecoder.decode", lambda self, text: 10)),
)
