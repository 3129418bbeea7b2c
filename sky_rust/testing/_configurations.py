"""Configurations for the functions that copy them: of the built-in types, of other types, and nested too deep."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust import _skypilot
from sky_rust._registry import function

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


#: A value of each kind that a configuration may have.
OF_EACH_KIND: tuple[Any, ...] = ("text", {"a": 1}, [1], 7, True, None, 2.5, (1,), ())

#: Around the deepest nesting that natives answer, in collections of the same kind inside a configuration.
AROUND_DEEPEST = range(97, 101)


class NeverCopied:
    """An object that can't be copied."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Raises ValueError."""
        raise ValueError("an object that can't be copied")

    def __repr__(self) -> str:
        """As code."""
        return "NeverCopied()"


class Trees(NamedTuple):
    """Strategies for configurations, and for what is in them.

    scalars: strings, numbers, booleans and None.
    nodes: anything of the built-in types; also the same object in several places.
    entries: configurations: dicts, some with a nesting that is nearly too deep.
    strange: configurations with an object of another type, an odd key, or a nesting that is too deep.
    """

    scalars: SearchStrategy[Any]
    nodes: SearchStrategy[Any]
    entries: SearchStrategy[dict[Any, Any]]
    strange: SearchStrategy[dict[Any, Any]]


@functools.cache
def trees() -> Trees:
    """Configurations of any shape, with the names `a` to `c` among their keys."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddDict, OddFloat, OddInt, OddStr, anything

    ints = st.integers(-(2**63), 2**63 - 1)
    scalars = st.one_of(st.text(max_size=9), st.none(), st.booleans(), ints, st.floats())

    def collections(inner: Any) -> Any:
        return st.one_of(
            st.dictionaries(names() | scalars, inner, max_size=4),
            st.dictionaries(names(), inner, max_size=4),
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=3).map(tuple),
        )

    nodes = st.recursive(scalars, collections, max_leaves=20)
    # The same object in several places.
    twice = st.builds(
        lambda one, other: {"a": one, "b": [one, (one, other)], "c": {"a": other, "b": one}}, nodes, nodes
    )
    kinds = st.sampled_from(["dict", "list", "tuple"])
    entries = st.dictionaries(names(), nodes | twice, max_size=5)
    deep = st.builds(nested, nodes, st.integers(85, 95), kinds)
    roots = st.one_of(entries, entries, st.builds(lambda one, tree: {**tree, "a": one}, deep, entries))
    # Objects of other types somewhere in the tree, and a nesting that is too deep.
    foreign = st.one_of(
        anything,
        st.dates(),
        st.integers(2**63, 2**70),
        st.sets(ints, max_size=3),
        st.sampled_from([OddStr("odd"), OddInt(3), OddFloat(2.5), OddDict(a=1)]),
        st.builds(NeverCopied),
        st.builds(config, st.just({"a": 1})),
        st.builds(nested, nodes, st.integers(96, 130), kinds),
    )
    odd_keys = st.one_of(
        st.tuples(ints),
        st.tuples(st.builds(NeverCopied)),
        st.dates(),
        st.just(OddStr("a")),
        st.frozensets(ints, max_size=2),
    )
    strange = st.one_of(
        st.builds(lambda tree, one: {**tree, "a": {"b": one}}, entries, foreign),
        st.builds(lambda tree, key: {**tree, key: 1}, entries, odd_keys),
    )
    return Trees(scalars, nodes | twice, roots, strange)


def names() -> SearchStrategy[str]:
    """Keys of configurations."""
    from hypothesis import strategies as st

    return st.sampled_from(["kubernetes", "jobs", "a", "b", "c", "", "\xe9", "\u20ac"])


def config(tree: dict[Any, Any]) -> Any:
    """A configuration as SkyPilot has it."""
    return config_class()(tree)


def config_class() -> Any:
    """The class of configurations: SkyPilot's, or the reference's."""
    module = sys.modules[_skypilot.original(function("Config.get_nested")).__module__]
    return module.Config


@functools.cache
def subclass() -> Any:
    """A subclass of that class, which adds nothing."""
    return type("Configuration", (config_class(),), {"__module__": __name__})


def __getattr__(name: str) -> Any:
    # Where a call is pasted into a prompt, the class is imported from here.
    if name == "Configuration":
        return subclass()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def small() -> dict[str, Any]:
    """A configuration of 20 lines."""
    return {
        "jobs": {"controller": {"resources": {"cpus": "4+", "memory": "8+"}}},
        "allowed_clouds": ["aws", "gcp", "kubernetes"],
        "aws": {"vpc_name": "skypilot", "use_internal_ips": True, "labels": {"team": "ml"}},
        "kubernetes": {"allowed_contexts": ["a", "b"], "provision_timeout": 600},
        "admin_policy": "policies.Policy",
    }


def nested(inner: Any, depth: int, kind: str) -> Any:
    """A value in as many collections: `dict`, `list` or `tuple`."""
    for _ in range(depth):
        inner = {"a": inner} if kind == "dict" else [inner] if kind == "list" else (inner,)
    return inner


def doubled(times: int) -> Any:
    """A list that has the same list twice, which has the same list twice, and so on: so many lists, and many ways."""
    inner: Any = [1]
    for _ in range(times):
        inner = [inner, inner]
    return inner
