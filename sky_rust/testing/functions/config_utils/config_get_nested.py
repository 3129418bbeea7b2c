"""Calls of `Config.get_nested`."""

from __future__ import annotations

import copy
import functools
import sys
from typing import Any

from sky_rust import _skypilot
from sky_rust._registry import function
from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft


class NeverCopied:
    """An object that can't be copied."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Raises ValueError."""
        raise ValueError("an object that can't be copied")

    def __repr__(self) -> str:
        """As code."""
        return "NeverCopied()"


#: The keys of a limit that a team's configuration has, and that callers look up.
_LIMIT = ("kubernetes", "provision_timeout")


def named() -> list[Named]:
    """Calls as callers make them."""
    team = _yaml.configuration_tree()
    many = {**team, "workspaces": {f"team-{at}": copy.deepcopy(team["workspaces"]["team-1"]) for at in range(100)}}
    return [
        Named("20 lines: a leaf", _call(_small(), ("jobs", "controller", "resources", "cpus"))),
        Named("a team's configuration, 560 lines: a leaf", _call(team, _LIMIT)),
        Named("100 workspaces: a leaf", _call(many, _LIMIT)),
        Named("a team's configuration, 560 lines: workspaces", _call(team, ("workspaces",))),
        Named("a team's configuration, 560 lines: a missing key", _call(team, ("aws", "vpc_name"))),
        Named("a team's configuration, 560 lines: all of it", _call(team, ())),
        Named("an override", _call(_small(), _LIMIT, override_configs={"kubernetes": {}}), declined=True),
    ]


def long() -> list[Call]:
    """A call that takes a quarter of a second and more."""
    return [_call({"numbers": [[0.5] for _ in range(1_000_000)]}, ("numbers",))]


def extremes() -> list[Call]:
    """Collections that are in several places, and a tree with more of them than could be gone through one by one."""
    inner: dict[str, Any] = {"a": [1]}
    pair = (1, inner)
    doubled: Any = [1]
    for _ in range(90):
        doubled = [doubled, doubled]
    inside: dict[str, Any] = {}
    inside["itself"] = inside
    shared: dict[str, Any] = {"a": inner, "b": {"c": inner, "d": [inner, pair, pair, (inner,)]}, "e": ((), [], ((),))}
    own = _config(shared)
    own.note = NeverCopied()
    return [
        *(_call(shared, keys) for keys in [(), ("b",), ("b", "d"), ("e",), ("a", "a")]),
        _call({"a": doubled, "b": 1}, ("b",)),
        _call({"a": doubled}, ("a",)),
        _call({"a": inside, "b": 1}, ("b",)),
        Call((own, ("a",), None)),
        Call((_subclass()(shared), (), None)),
        _call({"a": _config(inner)}, ("a",)),
        _call({"a": {1: "int", False: "bool", None: "none", 2.5: "float"}}, ("a",)),
        _call(shared, ("a",), override_configs={"a": {"b": 2}, "c": [1]}),
        _call(shared, (), override_configs={}),
        *(_call({"a": inner}, keys) for keys in [("a", 1), ("b", 1), (b"a",), "a", {"a"}, None]),
    ]


def generated() -> Domain:
    """Configurations of any shape, with keys that lead somewhere in them, or nowhere; and what can't be one."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddDict, OddFloat, OddInt, OddStr, anything

    names = st.sampled_from(["kubernetes", "jobs", "a", "b", "c", "", "\xe9", "\u20ac"])
    ints = st.integers(-(2**63), 2**63 - 1)
    scalars = st.one_of(st.text(max_size=9), st.none(), st.booleans(), ints, st.floats())

    def collections(inner: Any) -> Any:
        return st.one_of(
            st.dictionaries(names | scalars, inner, max_size=4),
            st.dictionaries(names, inner, max_size=4),
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=3).map(tuple),
        )

    trees = st.recursive(scalars, collections, max_leaves=20)
    # The same object in several places.
    twice = st.builds(
        lambda one, other: {"a": one, "b": [one, (one, other)], "c": {"a": other, "b": one}}, trees, trees
    )
    entries = st.dictionaries(names, trees | twice, max_size=5)
    deep = st.builds(_nested, trees, st.integers(85, 95), st.sampled_from(["dict", "list", "tuple"]))
    roots = st.one_of(entries, entries, st.builds(lambda one, tree: {**tree, "a": one}, deep, entries))
    some_keys = st.lists(names, max_size=5).map(tuple)
    keys = some_keys | some_keys.map(list)
    defaults: Any = st.one_of(scalars, st.just([]), st.builds(dict))
    plain = st.builds(lambda tree, keys, default: Call((_config(tree), keys, default)), roots, keys, defaults)
    by_name = st.builds(
        lambda tree, keys, default, allowed: Call(
            (_config(tree),), {"default_value": default, "keys": keys, "allowed_override_keys": allowed}
        ),
        roots,
        keys,
        defaults,
        st.none() | st.just([("a",)]),
    )
    # Objects of other types somewhere in the tree, and a nesting that is too deep.
    foreign = st.one_of(
        anything,
        st.dates(),
        st.integers(2**63, 2**70),
        st.sets(ints, max_size=3),
        st.sampled_from([OddStr("odd"), OddInt(3), OddFloat(2.5), OddDict(a=1)]),
        st.builds(NeverCopied),
        st.builds(_config, st.just({"a": 1})),
        st.builds(_nested, trees, st.integers(96, 130), st.sampled_from(["dict", "list", "tuple"])),
    )
    places = st.sampled_from([("a",), ("b",), ("a", "b"), ()])
    strange = st.builds(
        lambda tree, one, keys: Call((_config({**tree, "a": {"b": one}}), keys, None)), entries, foreign, places
    )
    strange_keys = st.builds(
        lambda tree, key, keys: Call((_config({**tree, key: 1}), keys, None)),
        entries,
        st.one_of(
            st.tuples(ints),
            st.tuples(st.builds(NeverCopied)),
            st.dates(),
            st.just(OddStr("a")),
            st.frozensets(ints, max_size=2),
        ),
        places,
    )
    odd = st.one_of(
        strange,
        strange_keys,
        st.builds(lambda keys: Call((_config({"a": {"b": 1}}), keys, None)), anything | st.lists(anything, max_size=3)),
        st.builds(lambda tree: Call((_config(tree), ("a",), None, None, None, None)), entries),
        st.builds(lambda tree: Call((tree, ("a",), None)), entries | anything),
        st.builds(lambda tree: Call((_subclass()(tree), (), None)), entries),
        st.just(Call(())),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda tree, depth, kind, left: Call(
                (_config({"a": _nested(tree, depth, kind)}), ("a",), None), {}, (CallsLeft(left + 2 * depth),)
            ),
            scalars,
            st.integers(10, 90),
            st.sampled_from(["dict", "list", "tuple"]),
            st.integers(-20, 40),
        ),
    )
    return Domain(plain | by_name, odd)


def _call(tree: dict[str, Any], keys: Any, **overrides: Any) -> Call:
    return Call((_config(tree), keys, None), overrides)


def _config(tree: dict[str, Any]) -> Any:
    """A configuration, of the class that the function is a method of."""
    return config_class()(tree)


def config_class() -> Any:
    """The class that the function is a method of: SkyPilot's, or the reference's."""
    module = sys.modules[_skypilot.original(function("Config.get_nested")).__module__]
    return module.Config


@functools.cache
def _subclass() -> Any:
    return type("Configuration", (config_class(),), {"__module__": __name__})


def __getattr__(name: str) -> Any:
    # Where a call is pasted into a prompt, the class is imported from here.
    if name == "Configuration":
        return _subclass()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _small() -> dict[str, Any]:
    """A configuration of 20 lines."""
    return {
        "jobs": {"controller": {"resources": {"cpus": "4+", "memory": "8+"}}},
        "allowed_clouds": ["aws", "gcp", "kubernetes"],
        "aws": {"vpc_name": "skypilot", "use_internal_ips": True, "labels": {"team": "ml"}},
        "kubernetes": {"allowed_contexts": ["a", "b"], "provision_timeout": 600},
        "admin_policy": "policies.Policy",
    }


def _nested(inner: Any, depth: int, kind: str) -> Any:
    """A value in as many collections."""
    for _ in range(depth):
        inner = {"a": inner} if kind == "dict" else [inner] if kind == "list" else (inner,)
    return inner
