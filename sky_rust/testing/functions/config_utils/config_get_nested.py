"""Calls of `Config.get_nested`."""

from __future__ import annotations

import copy
from typing import Any

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._configurations import (
    AROUND_DEEPEST,
    OF_EACH_KIND,
    NeverCopied,
    config,
    doubled,
    names,
    nested,
    small,
    subclass,
    trees,
)
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft

#: The keys of a limit that a team's configuration has, and that callers look up.
_LIMIT = ("kubernetes", "provision_timeout")


def named() -> list[Named]:
    """Calls as callers make them."""
    team = _yaml.configuration_tree()
    many = {**team, "workspaces": {f"team-{at}": copy.deepcopy(team["workspaces"]["team-1"]) for at in range(100)}}
    return [
        Named("20 lines: a leaf", _call(small(), ("jobs", "controller", "resources", "cpus"))),
        Named("a team's configuration, 560 lines: a leaf", _call(team, _LIMIT)),
        Named("100 workspaces: a leaf", _call(many, _LIMIT)),
        Named("a team's configuration, 560 lines: workspaces", _call(team, ("workspaces",))),
        Named("a team's configuration, 560 lines: a missing key", _call(team, ("aws", "vpc_name"))),
        Named("a team's configuration, 560 lines: all of it", _call(team, ())),
        Named("an override", _call(small(), _LIMIT, override_configs={"kubernetes": {}}), declined=True),
    ]


def long() -> list[Call]:
    """Calls that take a fifth of a second and more: a signal comes before a copy is made, at an item, or at a key."""
    # An entry has four nodes, a key first. With two before them, every 4096th, at which signals are handled, is a key.
    entries = {"first": None, **{str(at): [0.5, 0.5] for at in range(300_000)}}
    return [
        _call({"numbers": [[0.5]] * 10_000_000}, ("name",)),
        _call({"numbers": [[0.5] for _ in range(1_000_000)]}, ("numbers",)),
        _call({"numbers": entries}, ("numbers",)),
    ]


def extremes() -> list[Call]:
    """Collections that are in several places, and a tree with more of them than could be gone through one by one.

    And keys that lead on from a value of each kind, and the deepest nesting.
    """
    inner: dict[str, Any] = {"a": [1]}
    pair = (1, inner)
    many = doubled(90)
    inside: dict[str, Any] = {}
    inside["itself"] = inside
    shared: dict[str, Any] = {"a": inner, "b": {"c": inner, "d": [inner, pair, pair, (inner,)]}, "e": ((), [], ((),))}
    own = config(shared)
    own.note = NeverCopied()
    return [
        *(_call(shared, keys) for keys in [(), ("b",), ("b", "d"), ("e",), ("a", "a")]),
        _call({"a": many, "b": 1}, ("b",)),
        _call({"a": many}, ("a",)),
        _call({"a": inside, "b": 1}, ("b",)),
        Call((own, ("a",), None)),
        Call((subclass()(shared), (), None)),
        _call({"a": config(inner)}, ("a",)),
        _call({"a": {1: "int", False: "bool", None: "none", 2.5: "float"}}, ("a",)),
        _call({"a": {(1, NeverCopied()): "a tuple"}}, ("a",)),
        _call(shared, ("a",), override_configs={"a": {"b": 2}, "c": [1]}),
        _call(shared, (), override_configs={}),
        *(_call({"a": inner}, keys) for keys in [("a", 1), ("b", 1), (b"a",), "a", {"a"}, None]),
        *(_call({"a": value}, keys) for value in OF_EACH_KIND for keys in [("a",), ("a", "b"), ("a", "b", "c")]),
        *(_call({"a": inner}, kind) for kind in OF_EACH_KIND),
        *(_call({"a": inner}, ("a", key)) for key in OF_EACH_KIND),
        *(
            _call({"a": nested(1, depth, kind)}, ("a",))
            for depth in AROUND_DEEPEST
            for kind in ("dict", "list", "tuple")
        ),
    ]


def generated() -> Domain:
    """Configurations of any shape, with keys that lead somewhere in them, or nowhere; and what can't be one."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything

    scalars, _, roots, strange_trees = trees()
    some_keys = st.lists(names(), max_size=5).map(tuple)
    keys = some_keys | some_keys.map(list)
    defaults: Any = st.one_of(scalars, st.just([]), st.builds(dict))
    plain = st.builds(lambda tree, keys, default: Call((config(tree), keys, default)), roots, keys, defaults)
    by_name = st.builds(
        lambda tree, keys, default, allowed: Call(
            (config(tree),), {"default_value": default, "keys": keys, "allowed_override_keys": allowed}
        ),
        roots,
        keys,
        defaults,
        st.none() | st.just([("a",)]),
    )
    places = st.sampled_from([("a",), ("b",), ("a", "b"), ()])
    strange = st.builds(lambda tree, keys: Call((config(tree), keys, None)), strange_trees, places)
    odd = st.one_of(
        strange,
        strange,
        st.builds(lambda keys: Call((config({"a": {"b": 1}}), keys, None)), anything | st.lists(anything, max_size=3)),
        st.builds(lambda tree: Call((config(tree), ("a",), None, None, None, None)), roots),
        st.builds(lambda tree: Call((tree, ("a",), None)), roots | anything),
        st.builds(lambda tree: Call((subclass()(tree), (), None)), roots),
        st.just(Call(())),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda tree, depth, kind, left: Call(
                (config({"a": nested(tree, depth, kind)}), ("a",), None), {}, (CallsLeft(left + 2 * depth),)
            ),
            scalars,
            st.integers(10, 90),
            st.sampled_from(["dict", "list", "tuple"]),
            st.integers(-20, 40),
        ),
    )
    return Domain(plain | by_name, odd)


def _call(tree: dict[str, Any], keys: Any, **overrides: Any) -> Call:
    return Call((config(tree), keys, None), overrides)
