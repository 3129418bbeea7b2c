"""JSON schemas that are wrong, or larger than a native reads, at each keyword, and values that the keyword is for."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from sky_rust.testing._functions import near_misses, thresholds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: Every keyword that a native knows, with a value that it looks at.
KEYWORDS: dict[str, Any] = {
    keyword: value
    for keywords, value in (
        (("type", "enum", "const", "case_sensitive_enum", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"), "a"),
        (("case_insensitive_enum", "pattern", "minLength", "maxLength"), "ab"),
        (("minItems", "maxItems", "uniqueItems", "items"), ["a", "b"]),
        (("minProperties", "maxProperties", "required", "propertyNames"), {"a": 1}),
        (("properties", "patternProperties", "additionalProperties"), {"a": 1}),
        (("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), 1),
        (("$schema", "$id", "$ref", "additionalItems", "contains", "dependencies", "multipleOf"), 1),
    )
    for keyword in keywords
}

TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]

#: A value of each type that JSON has, in Python.
OF_EACH_TYPE: list[Any] = [None, True, 1, 1.5, -(2.0**70), 2.0**70, float("nan"), "a", ["a"], {"a": 1}]

#: Arguments, each of which is wrong for most keywords.
_ARGUMENTS: list[Any] = [
    *(None, 1.5, 2**70, "\xe9", ("a",), [1], ["\xe9"], {"a": 1}, {1: {}}, [datetime.date(2026, 1, 1)])
]

#: A pattern of every construct.
_PATTERN = "^(?:(?i:K)|a?|[^b-d\\n.]+|\\d\\w*)_[a\\-]$"


def _near(words: Collection[str]) -> set[str]:
    """What is nearly one of some words."""
    return {near for word in words for near in near_misses(word, lambda _: ("", "~"))} - set(words)


def wrong() -> Iterator[tuple[Any, Any]]:
    """Pairs of schema and value: each keyword with each argument, names that are nearly a keyword's or a type's."""
    for keyword, value in KEYWORDS.items():
        yield from (({keyword: argument}, value) for argument in _ARGUMENTS)
    yield from ((dict.fromkeys(sorted(_near(KEYWORDS)), 1), value) for value in OF_EACH_TYPE)
    yield from (({"type": name}, 1) for name in sorted(_near(TYPES)))
    scalars = [one for one in OF_EACH_TYPE if not isinstance(one, (list, dict))]
    for value in OF_EACH_TYPE:
        others = [one for one in scalars if one is not value]
        yield {"enum": others}, value
        yield {"not": {"enum": others}}, value
    yield from (({"minimum": limit}, value) for limit in (1.5, float("nan")) for value in (1.5, float("nan"), -(2**60)))
    yield {"\xe9": True}, 1
    yield from (({keyword: True}, {1: 1}) for keyword in ("propertyNames", "additionalProperties"))
    for keyword in ("then", "else"):
        yield from (({"if": holds, keyword: {"type": "integer"}}, 1) for holds in (True, False))
    yield {"pattern": "(" * 21 + "a" + ")" * 21}, "a"
    yield from (({"pattern": pattern}, "a") for pattern in patterns())


def patterns() -> Iterator[str]:
    """Patterns that end too soon, or have a character at a place where it means something else, or nothing."""
    yield from (_PATTERN[:at] for at in range(1, len(_PATTERN)))
    yield from ("a**", "a*+", "a*?", "a*{", "a?(", "a)", "{", "}", "]", "?", "*", "+", "a^", "$a", "\\q")
    yield from (
        "(?P<a>b)",
        "(?:$)?",
        "(^)*",
        "(a?)*",
        "(a+)*",
        "(?i:[^k])",
        "[]a]",
        "[^]a]",
        "[a[]",
        "[&]",
        "[|]",
        "[~]",
    )
    yield from ("[\\d-a]", "[b-a]", "[a-_]", "[+-a]", "[\\q]")


def too_large() -> Iterator[tuple[Any, Any]]:
    """Pairs of schema and value, in one of which there is more than a native looks at, for each way that it counts."""
    most = max(thresholds("validate_schema"))
    names = {str(number): True for number in range(most)}
    yield {"case_sensitive_enum": ["a"] * most}, "a"  # any keyword's list
    yield {"required": []}, names  # any dict with names
    yield {"pattern": "^a"}, "a" * most
    yield {"uniqueItems": False}, [1] * most
    yield {"items": True}, [1] * most
    yield {"anyOf": [{"type": "string"}, True]}, [1] * most  # which is written into a message
    yield names, 1  # keywords that nobody knows
