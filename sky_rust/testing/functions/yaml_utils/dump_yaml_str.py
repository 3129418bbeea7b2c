"""Calls of `dump_yaml_str`."""

from __future__ import annotations

import datetime
import math
import random
import sys
from typing import Any

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, near_misses
from sky_rust.testing._worlds import CallsLeft, Registered


def named() -> list[Named]:
    """Calls as callers make them."""
    shared = {"region": "us-east-1"}
    return [
        Named("a task", Call((_yaml.task_tree(),))),
        Named("a team's configuration, 560 lines", Call((_yaml.configuration_tree(),))),
        Named("a cluster, 1,400 lines", Call((_yaml.cluster_tree(),))),
        Named(
            "three documents",
            Call(([{"name": "chain"}, _yaml.task_tree(), {"resources": shared, "any_of": [shared]}],)),
        ),
        Named("an empty dict", Call(({},))),
        Named("bytes", Call(({"key": b"secret"},)), declined=True),
    ]


def long() -> list[Call]:
    """Calls that take a tenth of a second and more: a signal comes before anything is written, or at a scalar or a key.

    To go through dicts that lie all over memory takes longer than to write them. Natives handle signals after a
    multiple of four nodes: each such node is a simple key, or a key behind `?`.
    """
    empty: list[Any] = [{} for _ in range(1_000_000)]
    random.Random(0).shuffle(empty)
    slow = "\x07" * 300
    keys = [[{key: [slow]} for _ in range(40_000)] for key in ((), "k" * 128)]
    return [
        Call(({"mappings": empty},)),
        Call(({"numbers": [0.5] * 1_500_000},)),
        *(Call(({"mappings": one},)) for one in keys),
    ]


#: Strings that YAML 1.1 or PyYAML reads as something else, at the beginning, in the middle or at the end of a scalar.
_WORDS = """
yes no on off y n Yes YES yES True TRUE false null Null nULL ~ = << ! & * - -- --- ... .... . ? : :a a: a:b ## #a a#b -a
0 00 08 09 010 0o17 0x1F 0xg 0b1 0b2 0_ 1_000 -1 +1 1e3 1.0e3 1.0e+3 .5 +.5 .5e+1 .e1 ._1 1. 1_. +1.5 -.inf .INF +.Inf
.nan -.nan 1.5. 1:30 1:60 -1:30 190:20:30 190:20:30.15 0:1 2001-01-01 2001-1-1 2001-01-011 2001-1-1T1:59:43
2001-12-14t21:59:43.10-05:00 %a @a `a ' '' a'b " a"b \\ a\\b | > { } [ ] {a} [a] , a,b http://a/b ${A} a=b
"""
_PHRASES = """2001-12-14 21:59:43.1 -5
2001-12-14\t1:59:43 Z
2001-12-14 1:59
--- a
? a
: a
a: b
a :b
a #b
a# b
- a
 a
a """
TRAPS = [*_WORDS.split(), *_PHRASES.split("\n"), "", " ", "\n", "\t", "\na", "a\n"]

#: Characters and line breaks that need quotes or escapes.
_CONTROLS = "\0\x07\x08\t\x0b\x0c\r\x1b\x7f\x80\x85"
ODD_CHARACTERS = f"{_CONTROLS}\xa0\xe9\u2028\u2029\ud7ff\ud800\udfff\ue000\ufeff\ufffe\uffff\U00010000\U0010ffff"

#: Words of each tag in each form: resolvers look at one character after the other.
_TAGGED = """
yes No ON off true False NULL null Null ~ = << 0 -0b101 0b1 0x1F 0xA +017 1_000 190:20:30 1:2:3.15 1.5e-3 -1.5E+3 5. .5
.5e+1 .inf -.Inf +.INF .nan .NaN .NAN 2001-01-01 2001-12-14t21:59:43.10-05:00 2001-1-1T1:59:43Z
"""
_TIMES = ["2001-12-14 21:59:43.1 +5", "2001-12-14  1:59:43 Z"]

#: Scalars of each type that YAML writes, in each form that their values have.
_SCALARS = [None, True, False, 0, -1, 2**63 - 1, 0.0, -0.5, 1e17, 1.5e-7, math.inf, -math.inf, math.nan, "a", "", "1"]


def _other(character: str) -> tuple[str, ...]:
    return ("", character * 2, character.swapcase(), "x", "7")


def extremes() -> list[Call]:
    """Near misses of all words with a tag, each character, each scalar in each place, and collections that are keys."""
    codes = {*range(0x100), *(code + by for code in map(ord, ODD_CHARACTERS) for by in (-1, 0, 1))}
    characters = [chr(code) for code in sorted(codes & {*range(sys.maxunicode + 1)})]
    pair = (1, ())
    inside = [pair]
    endless: dict[str, Any] = {}
    endless["up"] = [endless]
    return [
        Call(({word: [word, *near_misses(word, _other)] for word in (*_TAGGED.split(), *_TIMES)},)),
        Call(({"characters": [text for one in characters for text in (one, f"a{one}b", f"a {one}")]},)),
        Call((_SCALARS,)),
        Call(({"values": {str(at): one for at, one in enumerate(_SCALARS)}, "keys": dict.fromkeys(_SCALARS)},)),
        # Collections are keys in two styles, and aliases in a third.
        Call(({"first": pair, pair: pair, (): (), ("a", pair): inside, "again": [inside, {pair: 1}]},)),
        *(Call(({key: "a value"},)) for key in (b"key", 2**64, frozenset([1]), (1, b"key"), datetime.date(2001, 1, 1))),
        Call((endless,)),
        Call(([endless["up"]],)),
    ]


def generated() -> Domain:
    """Trees of everything that YAML has a form for: strings that look like something else, lines around the width."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddDict, OddFloat, OddInt, OddStr, anything, in_world, with_arguments

    traps = st.sampled_from(TRAPS)
    odd_characters = st.sampled_from(ODD_CHARACTERS)
    breaks = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", " \n", "\n ", ""])
    words = (
        st.sampled_from(["a", "it's", "word", "x" * 30, "x" * 77, '"', "\\", "a:", "#b", "-"]) | odd_characters | traps
    )
    sentences = st.builds(
        lambda pairs: "".join(word + gap for word, gap in pairs), st.lists(st.tuples(words, breaks), max_size=30)
    )
    # Lines that end within a few columns of the width, in words or with an escape among them, and something after.
    near_the_width = st.builds(
        lambda length, gaps, odd, rest: _spaced("x" * length, gaps) + odd + rest,
        st.integers(66, 84),
        st.lists(st.integers(0, 84), max_size=4),
        odd_characters | st.sampled_from(["", "", " ", "'", '"', "\\"]),
        st.sampled_from(["", "y", " y", "y z", " y ", "  y", " \u00e9 z", "\n", "\ny z"]),
    )
    printable = st.characters(min_codepoint=32, max_codepoint=126)
    octal = st.text(st.sampled_from("0189"), min_size=2, max_size=3).map("0".__add__)
    numbers = octal | st.text(st.sampled_from("01789_.:+-eExb"), min_size=1, max_size=7)
    texts = st.one_of(
        traps,
        numbers,
        st.builds("".join, st.tuples(traps, breaks, traps)),
        st.text(printable, max_size=6),
        st.text(printable | odd_characters | st.just("\n"), max_size=8),
        sentences,
        near_the_width,
    )
    # Entries whose lines reach exactly that column, in each style, before something at which they may be folded.
    exactly = st.one_of(
        st.builds(
            _reaching, st.integers(78, 81), st.sampled_from(["", "'", "\x07"]), st.sampled_from([" y", " y z", "  y"])
        ),
        st.builds(
            _reaching,
            st.sampled_from([76, 77, 80, 81]),
            st.sampled_from(["\x07", "\xe9", "\U00010000"]),
            st.sampled_from([" y", " \xe9", "\xe9y", "\xe9 y"]),
        ),
    )
    widths = st.lists(exactly, min_size=1, max_size=10).map(lambda texts: {str(at): it for at, it in enumerate(texts)})
    # Around the limit of simple keys, where it counts the tag of a str, and where it doesn't.
    long_keys = st.builds(
        lambda length, last: "k" * (length - 1) + last,
        st.integers(119, 130),
        st.sampled_from(["k", "\u00e9", ":", "\n", "'"]),
    )
    ints = st.one_of(st.integers(-3, 100), st.integers(-(2**63), 2**63 - 1))
    floats = st.floats() | st.sampled_from([1e16, 1e17, -1e22, 1e-4, 1e-5, 2.5e-7, 5e-324, 1.5e300])
    scalars = st.one_of(texts, texts, st.none(), st.booleans(), ints, floats)
    empty = st.sampled_from([tuple, list, dict]).map(lambda kind: kind())
    keys = st.one_of(
        st.sampled_from(["name", "resources", "envs"]), texts, long_keys, scalars, st.just(()), st.tuples(ints, texts)
    )

    def collections(children: Any) -> Any:
        return st.one_of(
            st.lists(children, max_size=4),
            st.lists(children, max_size=3).map(tuple),
            st.dictionaries(keys, children, max_size=4),
        )

    trees = st.recursive(scalars | empty, collections, max_leaves=12)
    # Objects that are in a tree more than once.
    shared = st.builds(
        _with_shared, st.lists(collections(trees), min_size=1, max_size=4), st.lists(st.integers(0, 9), max_size=12)
    )
    streams = shared.map(lambda tree: [tree, *tree.values(), tree])
    several = st.lists(traps | numbers | odd_characters, min_size=5, max_size=15)
    many = several.map(lambda texts: {"all": texts}) | several.map(lambda texts: dict.fromkeys(texts, 1))
    deep = st.builds(_nested, scalars, st.lists(st.booleans(), max_size=90))
    # Something of everything.
    long = st.dictionaries(long_keys, scalars, min_size=1, max_size=5)
    mixed = st.tuples(several, long, many, widths, shared).map(lambda parts: dict(zip("abcde", parts)))
    roots = st.one_of(st.dictionaries(keys, trees, max_size=5), trees, shared, deep, mixed, mixed, widths, widths)
    common = with_arguments(st.one_of(roots, roots, streams, st.lists(roots, max_size=4))) | with_arguments(
        config=roots
    ).filter(lambda call: bool(call.kwargs))
    # Elsewhere in a tree: objects of other types, ints that are too long, nesting that is too deep.
    foreign = st.one_of(
        anything,
        st.binary(max_size=60),
        st.dates(),
        st.datetimes(),
        st.integers(2**63, 2**70),
        st.sets(ints, max_size=3),
        st.sampled_from([OddStr("odd"), OddInt(3), OddFloat(2.5), OddDict(a=1)]),
    )
    odd = st.one_of(
        st.builds(
            lambda config, key, value: Call(({**config, key: value},)), st.dictionaries(keys, trees), keys, foreign
        ),
        with_arguments(foreign),
        with_arguments(st.lists(foreign | trees, max_size=3)),
        with_arguments(st.builds(_nested, scalars, st.lists(st.booleans(), min_size=95, max_size=140))),
        with_arguments(trees, trees),
        with_arguments(),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda inner, depth, is_mapping, left: Call(
                (_nested(inner, [is_mapping] * depth),), {}, (CallsLeft(left + 3 * depth),)
            ),
            scalars,
            st.integers(10, 90),
            st.booleans(),
            st.integers(-20, 40),
        ),
        # Somebody has registered a representer, or a resolver of a text that is there.
        in_world(common, st.sampled_from([bool, dict, float, int, list, str, tuple]).map(Registered)),
        st.builds(lambda text: Call(({"key": text},), {}, (Registered(text),)), traps),
    )
    return Domain(common, odd)


#: The first characters of a text in each style, with the columns that they take with the quotes before them.
OPENINGS = {"": 0, "'": 3, "\x07": 3, "\xe9": 5, "\U00010000": 11}


def _reaching(column: int, opening: str, rest: str) -> str:
    """A text that reaches that column as the value of a key of one digit, and goes on with the rest."""
    return opening + "x" * (column - len("'0': ") - OPENINGS[opening]) + rest


def _spaced(text: str, gaps: list[int]) -> str:
    """The text with spaces at these places."""
    return "".join(" " if at in gaps else character for at, character in enumerate(text))


def _nested(inner: Any, mappings: list[bool]) -> Any:
    """A value in as many collections, each a mapping or a sequence."""
    for is_mapping in mappings:
        inner = {"key": inner} if is_mapping else [inner]
    return inner


def _with_shared(objects: list[Any], picks: list[int]) -> dict[str, Any]:
    """A tree with some objects in several places: beside each other, one in another, and as a key where that can be."""
    tree: dict[Any, Any] = {"first": objects[0]}
    for at, pick in enumerate(picks):
        one = objects[pick % len(objects)]
        if isinstance(one, tuple) and pick > 6 and _can_be_key(one):
            tree[one] = at
        elif pick > 4:
            objects.append([one, one] if pick % 2 else {"inner": one})
        else:
            tree[f"at{at}"] = one
    return tree


def _can_be_key(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
