"""Random calls of the functions of `sky.utils.common_utils`."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from sky_rust.testing import _schemas
from sky_rust.testing._boundaries import Boundary, boundaries, without_sharing
from sky_rust.testing._functions import thresholds
from sky_rust.testing._values import OddFloat, OddInt, OddStr

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_TEXTS = ["", "a", "b", "ab", "AWS", "aws", "1", "10", "s3://a", "~/a", "/a", "a\n", "\n", "\xe9", "a/b", "-", "k8s"]
_VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, -1, 0.0, 1.0, 1.5, 2.5, 2**63, float("nan"), float("inf")),
    *_TEXTS,
]
_TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
_PATTERNS = ["^a", "a$", "^[0-9]+$", "^(a|b)+$", "^(?i:aws|k8s)$", "^(s3|gs)://.+", "b?", "^[^\\n]*$", "^~?/", "a.b"]
_CHANGES = ["put", "drop", "inside", "case", "end"]


def schema_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Values on both sides of SkyPilot's schemas, with changes; small schemas of every keyword, with small values."""
    _schemas.validators()
    every = {name: without_sharing(schema) for name, schema in _schemas.schemas().items()}
    near: dict[str, list[Boundary]] = {name: boundaries(schema) for name, schema in every.items()}
    for name in every:
        near[name] = [one for one in near[name] if isinstance(one.value, dict)]
    while True:
        skip_none = rng.random() < 0.5
        if rng.random() < 0.4:
            name = rng.choice(list(every))
            value = rng.choice(near[name]).value
            if rng.random() < 0.5:
                value = {**value, **rng.choice(near[name]).value}
            for _ in range(rng.choice([0, 0, 1, 2])):
                value = _schemas.changed(value, rng.randrange(200), rng.choice(_CHANGES), rng.choice(_VALUES))
            yield value, every[name], "", skip_none
        else:
            top = {"type": "object", "properties": {"a": _schema(rng, 3)}} if rng.random() < 0.7 else _schema(rng, 3)
            yield {key: _value(rng, 3) for key in rng.sample(["a", "b", "A"], rng.randrange(1, 3))}, top, "", skip_none


def _value(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if depth == 0 or kind < 0.6:
        return rng.choice(_VALUES)
    if kind < 0.8:
        return [_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(["a", "b", "A", "aws", ""]): _value(rng, depth - 1) for _ in range(rng.randrange(4))}


def _schema(rng: random.Random, depth: int) -> Any:
    """A schema of some keywords, each of which may hold."""
    inside = lambda: _schema(rng, depth - 1) if depth > 0 else {}  # noqa: E731
    several = lambda: [inside() for _ in range(rng.randrange(1, 4))]  # noqa: E731
    limit = lambda: rng.choice([0, 1, 2, 1.0, 1.5, -1, 3])  # noqa: E731
    count = lambda: rng.randrange(4)  # noqa: E731
    make: dict[str, Callable[[], Any]] = {
        "type": lambda: rng.choice([rng.choice(_TYPES), rng.sample(_TYPES, 3)]),
        "enum": lambda: rng.sample(_VALUES, 4),
        "const": lambda: rng.choice(_VALUES),
        "case_insensitive_enum": lambda: rng.sample(_TEXTS, 4),
        "case_sensitive_enum": lambda: rng.sample(_TEXTS, 4),
        "pattern": lambda: rng.choice(_PATTERNS),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), count),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), limit),
        "uniqueItems": lambda: rng.random() < 0.8,
        "required": lambda: rng.sample(["a", "b", "A"], rng.randrange(3)),
        "properties": lambda: {key: inside() for key in rng.sample(["a", "b", "A"], rng.randrange(3))},
        "patternProperties": lambda: {rng.choice(_PATTERNS): inside()},
        "additionalProperties": lambda: rng.choice([True, False, inside()]),
        "propertyNames": inside,
        "items": lambda: rng.choice([inside, several])(),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), several),
        **dict.fromkeys(("not", "if", "then", "else"), inside),
    }
    if rng.random() < 0.05:
        return rng.random() < 0.7
    return {keyword: make[keyword]() for keyword in rng.sample(list(make), rng.choice([0, 1, 1, 2, 2, 3]))}


def hex_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Hex digits of every length, around powers of 36 and of 2, with zeros before; seldom no hex, but never negative.

    (Of a negative number, the original never comes to an end.)
    """
    lengths = [length + by for length in thresholds("base36_encode") if length < 1_000 for by in (-1, 0, 1)]
    long = [length + by for length in thresholds("base36_encode") if length >= 1_000 for by in (-1, 0, 1)]
    odd: list[Any] = ["", "0x1f", "+f", " f", "f\n", "f_f", "_f", "\u0664", "fg", "f\0", "\ud800", "\uff21", b"ff", 255]
    while True:
        kind = rng.random()
        if kind < 0.35:
            text = f"{rng.getrandbits(4 * rng.randrange(1, 100)):x}"
        elif kind < 0.5:
            text = f"{rng.choice([2, 16, 36]) ** rng.randrange(1, 60) + rng.choice([-1, 0, 1]):x}"
        elif kind < 0.98:
            length = rng.choice(lengths) if kind < 0.9 else rng.randrange(1, 300)
            text = "".join(rng.choices("0123456789abcdefABCDEF", k=length))
        elif kind < 0.99998:
            yield (rng.choice([*odd, OddStr("1f"), "".join(rng.choices("0aF x+_", k=5))]),)
            continue
        else:
            text = f"{rng.getrandbits(4 * rng.choice(long)):x}"
        zeros = "0" * rng.choice([0, 0, 0, 1, 7, 8, 9, 64])
        yield (zeros + (text.upper() if rng.random() < 0.2 else text),)


def number_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Ints and floats around the numbers at which their digits change, halves of the last digit among them."""
    limits = [2**31, 2**52, 2**53, 2**63, 2**64, 10**15, 10**16, 10**17, 10**22, 10**23, 10**300]
    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
    odd: list[Any] = [True, False, None, "1.5", OddInt(3), OddFloat(2.5), 10**30, -(10**5_000), 1j, b"1"]
    odd_precisions: list[Any] = [-2, -1, 301, 2**40, True, None, "2", "", "1_0", 2.0, OddInt(1)]

    def number(precision: int) -> Any:
        kind, sign = rng.random(), rng.choice([1, -1])
        if kind < 0.15:
            return struct.unpack("d", rng.randbytes(8))[0]
        if kind < 0.3:  # halfway between two results: the even one is right
            return sign * (2 * rng.randrange(10 ** rng.randrange(1, 9)) + 1) / 2 ** (min(precision, 20) + 1)
        if kind < 0.5:  # next to such a number, by its decimal digits
            near = (10 * rng.randrange(10 ** rng.randrange(1, 14)) + 5) / 10 ** (min(precision, 20) + 1)
            return sign * rng.choice([near, math.nextafter(near, 0), math.nextafter(near, math.inf)])
        if kind < 0.6:
            return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-20, 20)
        if kind < 0.7:
            return sign * rng.randrange(1, 8) * 2.0 ** rng.randrange(-140, -40)
        if kind < 0.85:
            whole = rng.choice(limits) + rng.randrange(-2_000, 2_001) * rng.choice([1, 1, 2**10])
            return sign * float(whole) if rng.random() < 0.7 else sign * min(whole, 2**63 + 1)
        if kind < 0.9:
            return sign * rng.getrandbits(rng.randrange(1, 65))
        if kind < 0.97:
            return round(rng.uniform(-1_000, 1_000), rng.randrange(4))
        return rng.choice(special) if kind < 0.99 else rng.choice(odd)

    while True:
        precision = rng.choice([*range(21), *range(5), 1, 2, 22, 53, 300])
        if rng.random() < 0.2:
            yield (number(1),)
        else:
            yield number(precision), precision if rng.random() < 0.97 else rng.choice(odd_precisions)


def string_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Words of characters of every width, around the greatest length, with several spaces, at the ends too."""
    alphabets = ["ab", "ab\t\n", "a\xa0\xe9", "a\u20ac\u2003", "a\U0001f600\u20ac", "\ud800a"]
    odd: list[Any] = [None, b"a b c", 7, OddStr("odd and longer than it says"), ["a"] * 9]
    odd_lengths: list[Any] = [-1, -2, -3, -40, True, False, None, 2.0, "5", OddInt(5), 2**63, 2**70]
    while True:
        alphabet = rng.choice(alphabets)
        longest = rng.choice([1, 3, 8, 40])
        words = ["".join(rng.choices(alphabet, k=rng.randrange(longest + 1))) for _ in range(rng.randrange(12))]
        text: Any = rng.choice([" ", " ", " ", "  "]).join(words)
        near = len(text) + rng.randrange(-6, 4)
        length: Any = rng.choice([near, near, rng.randrange(len(text) + 1), rng.randrange(8), 35, 2**40])
        is_odd = rng.random() < 0.03
        text = rng.choice(odd) if is_odd and rng.random() < 0.3 else text
        length = rng.choice(odd_lengths) if is_odd and rng.random() < 0.5 else max(0, length)
        in_middle: Any = rng.random() < 0.5 if not is_odd else rng.choice([True, False, 0, 1, None, "", "x"])
        yield (text, length, in_middle)[: rng.choice([1, 2, 3, 3])]


#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    "base36_encode": hex_cases,
    "format_float": number_cases,
    "truncate_long_string": string_cases,
    "validate_schema": schema_cases,
}
