"""Calls of `redact_sensitive_values`."""

from __future__ import annotations

import collections
import copy
import sys
from typing import Any

from sky_rust import _skypilot
from sky_rust._registry import function
from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._configurations import (
    AROUND_DEEPEST,
    OF_EACH_KIND,
    NeverCopied,
    config,
    doubled,
    nested,
    small,
    subclass,
    trees,
)
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft, Extended, Replaced


class KeysOfItsOwn(dict):  # type: ignore[type-arg]
    """A dict that is copied by other keys than it has."""

    def __iter__(self) -> Any:
        """Not those that dict has."""
        return iter(["a"])

    def keys(self) -> Any:
        """Not those that dict has."""
        return ["b"]


class NeverEmpty(dict):  # type: ignore[type-arg]
    """A dict that counts as true, and as false once something is in it."""

    def __bool__(self) -> bool:
        """Not what dict says."""
        return len(self) == 0


class Shorter(dict):  # type: ignore[type-arg]
    """A dict that says that it is empty."""

    def __len__(self) -> int:
        """Not what dict says."""
        return 0


class ReadOtherwise(dict):  # type: ignore[type-arg]
    """A dict with behaviour of its own, of which none counts when it is copied as a dict."""

    def __getitem__(self, key: Any) -> Any:
        """Not what dict has."""
        return "other"

    def items(self) -> Any:
        """Not those that dict has."""
        return [("other", 1)]


#: The parts of configurations that hold secrets, and what they hold.
_SECRETS = {"db": "postgresql://sky:secret@db/sky", "api_server": {"service_account_token": "sky_secret"}}


def named() -> list[Named]:
    """Calls as callers make them."""
    team = {**_yaml.configuration_tree(), **_SECRETS}
    many = {**team, "workspaces": {f"team-{at}": copy.deepcopy(team["workspaces"]["team-1"]) for at in range(100)}}
    return [
        Named("20 lines", _call(small())),
        Named("a team's configuration, 560 lines", _call(team)),
        Named("100 workspaces", _call(many)),
        Named("no configuration", Call((None,))),
        Named("a set inside", _call({**small(), "kubernetes": {"allowed_contexts": {"a"}}}), declined=True),
    ]


def long() -> list[Call]:
    """Calls that take a quarter of a second and more: to copy, and to replace."""
    return [
        _call({"numbers": [[0.5] for _ in range(1_000_000)]}),
        _call({"a": doubled(22)}, ("a", *["*"] * 22, "b")),
    ]


def extremes() -> list[Call]:
    """Secrets at each place, shared ones among them, and lists of paths that lead nowhere or aren't paths.

    And paths that lead on from a value of each kind, by a key or by all keys; and the deepest nesting.
    """
    login: dict[str, Any] = {"username": "u", "password": "p"}
    resources: dict[str, Any] = {"_docker_login_config": login}
    every = {
        **_SECRETS,
        "jobs": {"controller": {"resources": {**resources, "any_of": [resources, {}, {"_docker_login_config": None}]}}},
        "serve": {"controller": {"resources": {"ordered": (resources, {"_docker_login_config": dict(login)})}}},
        "login": login,
    }
    tuples: dict[str, Any] = {"a": ({"b": 1}, ({"b": 2},), (1, 2)), "b": {"x": {"b": 3}, "y": {"b": [4]}, "z": 5}}
    inside: dict[str, Any] = {}
    inside["itself"] = inside
    own = config(every)
    own.keys = NeverCopied()
    noted = config(every)
    noted.note = NeverCopied()
    unset: dict[str, Any] = {
        "db": None,
        "api_server": {"service_account_token": None},
        "jobs": {"controller": None},
        "serve": {"controller": {"resources": []}},
    }
    unusable: list[Any] = [["db"], "db", ("db", 1), (1,), ("jobs", NeverCopied()), None, 3, {"db"}, {0: "db"}]
    lists: list[Any] = [[], (), (("db",),), None, {("db",): 1}]
    values: list[Any] = [0, "", False, {}, [1]]
    return [
        _call(every),
        Call((every,)),
        Call((), {"config": every}),
        Call((subclass()(every),)),
        Call((own,)),
        Call((noted,)),
        Call((collections.OrderedDict(every),)),
        Call((collections.defaultdict(list, every),)),
        Call(({"a": {(1, NeverCopied()): "a tuple"}},)),
        Call((list(every.items()),)),
        *(Call((kind({"a": 1, "b": 2}),)) for kind in (KeysOfItsOwn, NeverEmpty, Shorter, ReadOtherwise)),
        *(Call((kind(),)) for kind in (dict, subclass(), NeverEmpty, Shorter)),
        _call(unset),
        *(_call({"db": value, "api_server": {"service_account_token": value}}) for value in values),
        _call({"db": inside}),
        _call({"db": 1, "a": doubled(90)}),
        _call({"db": doubled(90)}),
        _call({"a": doubled(4)}, ("a", *["*"] * 4), ("a", *["*"] * 3, "b")),
        _call({"a": login, "b": {"c": login}}, ("a",), ("b", "c", "password")),
        _call({"a": login, "b": [login]}, ("b", "*", "password")),
        _call({"a": {"b": 1}}, ("a",), ("a", "b")),
        _call({"a": {"b": 1}}, ("a", "b"), ("a",)),
        _call({"*": {"b": 1}, "a": {"*": 2}}, ("*", "b"), ("a", "*")),
        _call({"*": {"b": 1}, "a": {"*": 2}}, ("*",), ("*", "*")),
        _call(tuples, ("a", "*", "b"), ("a", "*", "*", "b"), ("b", "*", "b")),
        _call(tuples, ("*", "*", "b")),
        _call({True: {"b": 1}, "1": {"b": 1}, 1.5: {"b": 1}}, ("1", "b"), ("*", "b")),
        _call({"\xe9": 1, "\u20ac": {"\U0001f600": 2}}, ("\xe9",), ("\u20ac", "\U0001f600")),
        _call({"a": 1}, ("a",) * 2000),
        _call({"a": nested(1, 98, "dict")}, ("a",) * 99),
        _call({"a": 1}, ()),
        *(_call({"a": value}, ("a", "b"), ("a", "*", "b")) for value in OF_EACH_KIND),
        *(_call({"a": nested(1, depth, kind)}) for depth in AROUND_DEEPEST for kind in ("dict", "list", "tuple")),
        *(_call(every, path) for path in unusable),
        *(Call((config(every),), {}, _with_paths(paths)) for paths in lists),
        Call((config({}),), {}, _with_paths(None)),
        # A plugin adds a path while the copy is made.
        Call(
            (config({"numbers": [[0.5] for _ in range(60_000)]}),),
            {},
            tuple(Extended(f"{module}:SENSITIVE_CONFIG_PATHS", ("a", 1)) for module in _modules()),
        ),
    ]


def generated() -> Domain:
    """Configurations of any shape, with secrets at some places and none at others; and other paths."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything

    scalars, nodes, roots, strange_trees = trees()
    secret = st.one_of(st.text(max_size=9), st.none(), nodes)
    logins = st.fixed_dictionaries({}, optional={"username": scalars, "password": secret}) | secret
    resources = st.fixed_dictionaries({}, optional={"cpus": scalars, "_docker_login_config": logins})
    several = st.one_of(
        st.lists(resources | secret, max_size=3),
        st.lists(resources, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2), resources, max_size=2),
        secret,
    )
    controllers = st.builds(
        lambda some, either: {"controller": {"resources": {**some, **either}}},
        resources,
        st.fixed_dictionaries({}, optional={"any_of": several, "ordered": several}),
    )
    parts = {"jobs": controllers | secret, "serve": controllers | secret, "db": secret}
    tokens = st.fixed_dictionaries({}, optional={"endpoint": scalars, "service_account_token": secret})
    secrets = st.fixed_dictionaries({}, optional={**parts, "api_server": tokens | secret})
    shared = st.builds(lambda one: {"jobs": one, "serve": one, "db": one}, controllers)
    configurations = st.builds(lambda tree, more: {**tree, **more}, roots, secrets | shared)
    kinds = st.sampled_from([dict, config, config])
    plain = st.builds(lambda kind, tree: Call((kind(tree),)), kinds, configurations)
    keys = st.sampled_from(["a", "b", "c", "*", "kubernetes", "\xe9", "db"])
    paths = st.lists(st.lists(keys, max_size=4).map(tuple), max_size=4)
    common = st.one_of(
        plain,
        plain,
        st.builds(lambda tree: Call((), {"config": tree}), configurations),
        st.builds(lambda tree, some: _call(tree, *some), configurations | roots, paths),
        st.sampled_from([None, {}]).map(lambda empty: Call((empty,))),
    )
    odd_paths = paths | st.lists(st.lists(keys | anything, max_size=3).map(tuple) | anything, max_size=2) | anything
    odd_kinds = st.sampled_from([KeysOfItsOwn, NeverEmpty, Shorter, ReadOtherwise, collections.OrderedDict, subclass()])
    odd = st.one_of(
        st.builds(lambda kind, tree, more: Call((kind({**tree, **more}),)), kinds, strange_trees, secrets),
        st.builds(lambda tree, paths: Call((config(tree),), {}, _with_paths(paths)), secrets | roots, odd_paths),
        st.builds(lambda kind, tree: Call((kind(tree),)), odd_kinds, secrets | roots),
        anything.map(lambda value: Call((value,))),
        st.just(Call(())),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda tree, depth, kind, left: Call(
                (config({"a": nested(tree, depth, kind)}),), {}, (CallsLeft(left + 2 * depth),)
            ),
            scalars,
            st.integers(10, 90),
            st.sampled_from(["dict", "list", "tuple"]),
            st.integers(-20, 40),
        ),
        st.builds(
            lambda depth, left: Call(
                (config(nested(1, depth, "dict")),),
                {},
                (*_with_paths([("a",) * depth]), CallsLeft(left + 2 * depth)),
            ),
            st.integers(10, 90),
            st.integers(-20, 40),
        ),
    )
    return Domain(common, odd)


def _call(tree: dict[Any, Any], *paths: Any) -> Call:
    """A call with a configuration, and with more paths than there are."""
    return Call((config(tree),), {}, _with_paths([*_paths(), *paths]) if paths else ())


def _with_paths(paths: Any) -> tuple[Replaced, ...]:
    """The list of paths is another one: for the original and for the reference."""
    return tuple(Replaced(f"{module}:SENSITIVE_CONFIG_PATHS", paths) for module in _modules())


def _paths() -> Any:
    return sys.modules[_modules()[0]].SENSITIVE_CONFIG_PATHS


def _modules() -> list[str]:
    """The modules that have the list of paths."""
    line = function("redact_sensitive_values")
    return list(dict.fromkeys(one.__module__ for one in (_skypilot.original(line), _skypilot.reference(line))))
