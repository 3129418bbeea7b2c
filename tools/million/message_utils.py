"""Random calls of the functions of `sky.utils.message_utils`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sky_rust.testing._values import OddStr

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_KINDS = ["", "", "_status", "a", " a", "\xe9", "\u20ac", "\U0001f680", "a>"]

#: Of which payloads are put together, with what nearly makes one.
_PIECES = ["<sky-payload", "<sky-payload>", ">", "</sky-payload>", "</sky-payload", "<", "\n", "\r", "1", "[1]", '"a"']
_NOISE = ["", "a line\n", "LC_ALL: a warning\n", "<", "< a >", "\r\n", "\x85", "\u2028", "\xe9", "\u20ac", "\U0001f600"]

_VALUES: list[Any] = [None, True, False, 0, -1, 1.5, -0.0, 1e300, 2**70, float("nan"), float("inf"), "", "a", "\n", ">"]
_TEXTS = ["\xe9", "\u20ac", "\U0001f600", "\ud800", "</sky-payload>", "<sky-payload>", "\u2028", "\\", '"', "a" * 40]

#: No JSON, or what Python's decoder takes beyond it.
_CONTENTS = [
    "",
    " ",
    "[1",
    "nul",
    "NaN",
    "-Infinity",
    "01",
    "1 2",
    '{"a": 1, "a": 2}',
    "'a'",
    "1" * 5_000,
    "[" * 90 + "]" * 90,
]


def payload_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Texts with payloads, as they are encoded, between other lines, in pieces, of several types, and of no JSON."""

    def value(depth: int) -> Any:
        kind = rng.random()
        if depth == 0 or kind < 0.5:
            return rng.choice(_VALUES) if kind < 0.35 else rng.choice(_TEXTS)
        if kind < 0.75:
            return [value(depth - 1) for _ in range(rng.randrange(4))]
        return {rng.choice(["a", "b", *_TEXTS]): value(depth - 1) for _ in range(rng.randrange(4))}

    def payload(kind: str) -> str:
        if rng.random() < 0.05:
            content = rng.choice(_CONTENTS)
        else:
            content = json.dumps(value(rng.randrange(4)), ensure_ascii=rng.random() < 0.6)
        return f"<sky-payload{kind}>{content}</sky-payload>{rng.choice(['', chr(10), chr(10)])}"

    def noise() -> str:
        return "".join(rng.choices(_NOISE, k=rng.randrange(4)))

    odd: list[Any] = [None, b"<sky-payload>1</sky-payload>", 1, OddStr("<sky-payload>1</sky-payload>")]
    while True:
        wanted: Any = rng.choice(_KINDS) if rng.random() < 0.4 else None
        made, text = rng.random(), ""
        if made < 0.55:
            kinds = [wanted if wanted is not None and rng.random() < 0.8 else rng.choice(_KINDS)]
            kinds += rng.choices(_KINDS, k=rng.choice([0, 0, 0, 1, 2]))
            rng.shuffle(kinds)
            text = noise() + "".join(payload(kind) + noise() for kind in kinds)
        elif made < 0.75:
            text = "".join(rng.choices([*_PIECES, *_NOISE, *_KINDS], k=rng.randrange(12)))
        elif made < 0.9:
            text = "".join(rng.choices([*_NOISE, "step 400: loss 2.31, 12.5 it/s", *_TEXTS[:4]], k=rng.randrange(6)))
        else:
            whole = payload(rng.choice(_KINDS))
            at = rng.randrange(len(whole))
            text = whole[:at] + rng.choice(["", *_PIECES, *_NOISE]) + whole[at + rng.choice([0, 0, 1, 2]) :]
        raises: Any = rng.random() < 0.35
        if rng.random() < 0.02:
            wanted, raises = rng.choice([b"a", 1, OddStr("a"), wanted]), rng.choice([0, 1, None, "", raises])
        given: Any = rng.choice(odd) if rng.random() < 0.005 else text
        yield (given, wanted, raises)[: 1 if raises is True and wanted is None and rng.random() < 0.3 else 3]


#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {"decode_payload": payload_cases}
