"""Calls of `truncate_long_string`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    name = "a-cluster-name that-somebody has-chosen rather-carelessly"
    return [
        Named("a short string", Call(("my-cluster",))),
        Named("57 characters, end", Call((name,))),
        Named("57 characters, middle", Call((name, 35, True))),
        Named("max_length=-3", Call(("my-cluster", -3)), declined=True),
    ]


def extremes() -> list[Call]:
    """More letters in words than 16 bits count."""
    return [Call(("ab " * 40_000, length)) for length in (65_537, 70_000, 110_000)]


def generated() -> Domain:
    """Strings of every kind around every length."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, texts, with_arguments

    # A space ends a word, and no other character does.
    words = st.lists(st.text("ab\t\n\xa0\xe9\u20ac\U0001f600", max_size=6), max_size=30).map(" ".join)
    strings = st.one_of(texts, words, words.map(lambda text: text * 5), st.text("a ", max_size=80))
    lengths = st.integers(0, 45) | st.integers(0, 2**62)
    around = strings.flatmap(
        lambda text: st.tuples(st.just(text), st.integers(-4, 4).map(lambda by: max(0, len(text) + by)))
    )
    common = st.one_of(
        with_arguments(strings),
        with_arguments(strings, lengths),
        with_arguments(strings, lengths, st.booleans()),
        with_arguments(strings, max_length=lengths, truncate_middle=st.booleans()),
        around.flatmap(lambda pair: with_arguments(st.just(pair[0]), st.just(pair[1]), truncate_middle=st.booleans())),
    )
    odd = st.one_of(
        with_arguments(strings, st.integers(-50, -1), st.booleans()),
        with_arguments(strings, anything, anything),
        with_arguments(anything, lengths),
        with_arguments(strings, lengths, st.sampled_from([0, 1, None, "", "x", 2.5])),
        with_arguments(strings, s=strings),
    )
    return Domain(common, odd)
