"""Calls of `decode_payload`."""

from __future__ import annotations

import json

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft

_LINE = "(train, pid=1234) step 400: loss 2.31, 12.5 it/s, eta 01:30:05"


def named() -> list[Named]:
    """Calls as callers make them."""
    job = {"job_id": 1, "job_name": "train", "status": "RUNNING", "resources": "1x[H100:8]", "task": "a" * 900}
    queue = _payload(json.dumps([{**job, "job_id": at} for at in range(20_000)]))
    return [
        Named("a queue, 22 MB", Call((queue,)), large=True),
        Named("100 jobs", Call((_payload(json.dumps([job] * 100)),))),
        Named("a log line", Call((_LINE,), {"raise_for_mismatch": False})),
        Named("a log line, of a type", Call((_LINE,), {"payload_type": "_status", "raise_for_mismatch": False})),
        Named(
            "a payload of a type", Call((_payload('"Launching"', "_status"), "_status"), {"raise_for_mismatch": False})
        ),
        Named("no payload", Call((_LINE,)), declined=True),
    ]


#: Texts in which it is hard to see where a payload begins and ends.
_TEXTS = [
    "",
    "<sky-payload>1</sky-payload>",
    "<sky-payload>1</sky-payload>\n",
    "warning\n<sky-payload>[1]</sky-payload>",
    "<sky-payload>1</sky-payload><sky-payload>2</sky-payload>",
    "<sky-payloada>1</sky-payload><sky-payload>2</sky-payload>",
    "<sky-payload>1\n</sky-payload>",
    "<sky-payload\n>1</sky-payload>",
    "<sky-payload>\n<sky-payload>2</sky-payload>",
    "<sky-payload<sky-payload>3</sky-payload>",
    "<sky-payload><sky-payload>3</sky-payload>",
    "<sky-payload</sky-payload>4</sky-payload>",
    "<sky-payload></sky-payload>",
    "<sky-payload>4</sky-payload",
    "<sky-payload>4</sky-payload</sky-payload>",
    "<sky-payload>4<</sky-payload>",
    "<sky-payload> > 5</sky-payload>",
    "<sky-payload a>6</sky-payload>",
    "<sky-payload>NaN</sky-payload>",
    "<sky-payload>[1</sky-payload>",
    "<sky-payload",
    "<sky-payloa<sky-payload>7</sky-payload>",
    "<<sky-payload>8</sky-payload>",
    "\r<sky-payload>9\r</sky-payload>\r",
    "\x85<sky-payload>\x0b9\u2028</sky-payload>",
    "\U0001f680<sky-payload\u20ac>9</sky-payload>",
    "\xe9<sky-payload\xe9>9</sky-payload>",
    "\ud800<sky-payload>9</sky-payload>",
    "<\u0173ky-payload>9</sky-payload>",
    "<sky-payload\u0161>9</sky-payload>",
    '<sky-payload>{"a": 1, "a": 2}</sky-payload>',
    "<sky-payload>" + "1" * 5000 + "</sky-payload>",
]


def extremes() -> list[Call]:
    """Texts in which it is hard to see where a payload begins and ends, and content that is nested deep."""
    deep = [_payload("[" * depth + "]" * depth) for depth in (50, 200, 100_000)]
    return [
        *(Call((text, kind, raises)) for text in _TEXTS for kind in (None, "a") for raises in (True, False)),
        *(Call((text, None, raises)) for text in deep for raises in (True, False)),
        *(Call((_payload("[1]"), None, True), {}, (CallsLeft(left),)) for left in range(-12, 20)),
        Call((_payload("1", "\u20ac"), "\u20ac")),
        Call((_payload("1", "\xe9"), "\xe9")),
        Call((_payload('"\u20ac"', "\xe9"), "\xe9")),
        Call((_payload("1", "\U0001f680"), "\U0001f680")),
    ]


def generated() -> Domain:
    """Texts with and without payloads, of several types, in lines of anything; and content that is no JSON."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddStr, anything, in_world, texts, with_arguments

    kinds = st.sampled_from(["", "_status", "a", " a", "\xe9", "\u20ac"])
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=12,
    )
    # As `encode_payload` writes them, or with characters as they are.
    contents = st.builds(lambda value, is_ascii: json.dumps(value, ensure_ascii=is_ascii), values, st.booleans())
    contents = contents.filter(lambda text: "\n" not in text and "</sky-payload>" not in text)
    payloads = st.builds(_payload, contents, kinds)
    pieces = st.sampled_from(["<sky-payload", ">", "</sky-payload>", "\n", "<", "1", "[1]", "a", "\xe9", "\U0001f680"])
    noise = texts.filter(lambda text: "<sky-payload" not in text)
    around = st.builds("".join, st.tuples(noise, payloads, noise))
    found = st.one_of(
        with_arguments(around),
        with_arguments(payloads, st.none(), st.booleans()),
        with_arguments(around, payload_type=st.none(), raise_for_mismatch=st.booleans()),
        st.builds(
            lambda content, kind, raises, before: Call((before + _payload(content, kind), kind, raises)),
            contents,
            kinds,
            st.booleans(),
            st.sampled_from(["", "<sky-payload>", "a <", "\u20ac\n", "<sky-payloadb>1</sky-payload>"]),
        ).filter(lambda call: not call.args[0].startswith("<sky-payload><")),
    )
    lines = st.builds(lambda text, kind: Call((text, kind, False)), noise, st.none() | kinds)
    any_pieces = st.lists(pieces, max_size=12).map("".join)
    odd = st.one_of(
        with_arguments(any_pieces, st.none() | kinds, st.booleans()),
        with_arguments(any_pieces, st.none() | kinds, st.booleans()),
        with_arguments(noise, kinds),
        with_arguments(around, kinds, st.booleans()),
        with_arguments(st.builds(_payload, texts), st.none(), st.booleans()),
        with_arguments(anything | st.just(OddStr("<sky-payload>1</sky-payload>")), st.none(), st.booleans()),
        with_arguments(around, anything, anything),
        with_arguments(),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda depth, left, raises: Call(
                (_payload("[" * depth + "]" * depth), None, raises), {}, (CallsLeft(left + depth),)
            ),
            st.integers(1, 300),
            st.integers(-20, 40),
            st.booleans(),
        ),
        in_world(with_arguments(around, st.none(), st.booleans()), st.integers(0, 40).map(CallsLeft)),
    )
    return Domain(found | lines, odd)


def _payload(content: str, kind: str = "") -> str:
    return f"<sky-payload{kind}>{content}</sky-payload>\n"
