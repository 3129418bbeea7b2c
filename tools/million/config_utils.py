"""Random calls of the functions of `sky.utils.config_utils`."""

from __future__ import annotations

import collections
import sys
from typing import TYPE_CHECKING, Any

from sky_rust.testing._configurations import NeverCopied, config, config_class, nested, small, subclass
from sky_rust.testing._values import OddDict, OddFloat, OddInt, OddStr

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_NAMES = ["a", "b", "c", "*", "kubernetes", "jobs", "resources", "", "\xe9", "\u20ac", "\U0001f600"]
_KEYS: list[Any] = [1, 0, -1, True, False, None, 1.0, 0.5, 2**63 - 1, "1", "True", b"a", "long " * 20]
_SCALARS: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**62,
    0.0,
    -0.0,
    1.5,
    float("nan"),
    "",
    "a",
    "text " * 9,
    "\u20ac",
    (),
]

#: What isn't copied as the built-in types are: a tree that has one of these is declined.
_STRANGE: list[Any] = [2**70, OddStr("a"), OddInt(3), OddFloat(2.5), OddDict(a=1), {1, 2}, NeverCopied(), b"b", int, 1j]
_STRANGE_KEYS: list[Any] = [(1,), (), OddStr("a"), frozenset([1]), 2**70, (NeverCopied(),)]


class _Attributes:
    """An object whose attributes are a dict that shares its keys with those of others."""

    def __init__(self, first: Any, second: Any) -> None:
        self.a, self.b = first, second


class _Trees:
    """Makes trees. Some collections are in several places of one, and some dicts once had other entries."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._made: list[Any] = []
        self._oddity = 0.0

    def new(self, depth: int) -> dict[Any, Any]:
        """A dict with a tree in it; one of twenty has something that is not copied as the built-in types are."""
        self._made = []
        self._oddity = 0.02 if self._rng.random() < 0.05 else 0.0
        found = self._dict(depth)
        if self._oddity and self._rng.random() < 0.3 and self._made:
            inside = self._rng.choice(self._made)
            if isinstance(inside, list):
                inside.append(self._rng.choice([inside, found]))  # a collection in itself
        return found

    def part(self) -> Any:
        """A collection that is in the last tree, or a new one."""
        return self._rng.choice(self._made) if self._made else {}

    def node(self, depth: int) -> Any:
        """A scalar or a collection."""
        rng, kind = self._rng, self._rng.random()
        if kind < self._oddity:
            return rng.choice(_STRANGE)
        if depth == 0 or kind < 0.35:
            return rng.choice(_SCALARS) if rng.random() < 0.8 else rng.uniform(-9, 9)
        if kind < 0.48 and self._made:
            return rng.choice(self._made)
        if kind < 0.8:
            return self._dict(depth - 1)
        found: Any = [self.node(depth - 1) for _ in range(rng.randrange(4))]
        if kind > 0.92:
            found = tuple(found)
        self._made.append(found)
        return found

    def _dict(self, depth: int) -> dict[Any, Any]:
        rng = self._rng
        if rng.random() < 0.05:
            found = vars(_Attributes(self.node(depth), self.node(depth)))
        else:
            found = {self._key(): self.node(depth) for _ in range(rng.choice([0, 1, 2, 2, 3, 4, 9]))}
        if rng.random() < 0.1 and found:
            found["gone"] = found.pop(next(iter(found)))
            if rng.random() < 0.5:
                del found["gone"]
        self._made.append(found)
        return found

    def _key(self) -> Any:
        rng = self._rng
        if rng.random() < self._oddity:
            return rng.choice(_STRANGE_KEYS)
        return rng.choice(_NAMES) if rng.random() < 0.9 else rng.choice(_KEYS)


def _keys(rng: random.Random, tree: Any) -> list[Any]:
    """Keys that lead into a tree, and now and then to nothing, or past what has no keys."""
    keys = []
    while isinstance(tree, dict) and tree and rng.random() < 0.8:
        key = rng.choice(list(tree))
        if type(key) is not str and rng.random() < 0.9:
            key = str(key)  # it may be another key's name
        keys.append(key)
        tree = tree.get(key)
    if rng.random() < 0.25:
        keys.append(rng.choice(_NAMES))
    # A str that is equal to the key, and isn't the same object.
    return ["".join(list(key)) if type(key) is str and rng.random() < 0.3 else key for key in keys]


def look_up_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Configurations with shared parts, keys that lead into them or nowhere, and defaults that may be a part of it."""
    trees = _Trees(rng)
    odd_keys: list[Any] = [
        "a",
        None,
        {"a"},
        ("a", 1),
        (1,),
        (b"a",),
        (None,),
        ((),),
        (OddStr("a"),),
        ("a", ["b"]),
    ]
    while True:
        kind = rng.random()
        tree = small() if kind < 0.03 else trees.new(rng.randrange(1, 5))
        if kind > 0.99:
            tree["a"] = nested(rng.choice(_SCALARS), rng.randrange(88, 104), rng.choice(["dict", "list", "tuple"]))
        keys: Any = _keys(rng, tree)
        keys = keys if rng.random() < 0.1 else tuple(keys)
        self: Any = config(tree)
        default: Any = rng.choice([None, None, rng.choice(_SCALARS), [], {}, trees.part(), self, keys, object])
        more: tuple[Any, ...] = ()
        odd = rng.random()
        if odd < 0.004:
            keys = rng.choice(odd_keys)
        elif odd < 0.008:
            self = rng.choice([tree, subclass()(tree), None])
        elif odd < 0.01:
            self.note = rng.choice([1, NeverCopied()])
        elif odd < 0.1:
            more = (None, rng.choice([None, [("a",)], []]), rng.choice([None, [("a",)]]))[: rng.randrange(1, 4)]
        elif odd < 0.11:
            more = (rng.choice([{}, {"a": 1}, {"a": {"b": [2]}}]),)
        yield (self, keys, default, *more)


def sensitive_paths() -> list[Any]:
    """The list of the places that have secrets, which the original reads."""
    paths: list[Any] = sys.modules[config_class().__module__].SENSITIVE_CONFIG_PATHS
    return paths


def secret_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Configurations with secrets at the places that have some, or beside them; and other places, as plugins have."""
    trees = _Trees(rng)
    paths = sensitive_paths()
    own = list(paths)
    kinds = [*[dict, config, subclass()] * 8, collections.OrderedDict, OddDict]
    odd: list[Any] = [None, {}, [], "", 0, 1, "a", [("a", 1)], ("db",), config({}), subclass()(), OddDict()]
    odd_paths: list[Any] = [["db"], "db", ("db", 1), None, (OddStr("db"),), ()]

    def secret() -> Any:
        return rng.choice(["secret", "secret", None, "", 0, False, {}, []]) if rng.random() < 0.6 else trees.node(2)

    def put(tree: dict[Any, Any], path: tuple[Any, ...]) -> None:
        """Puts a secret where a path leads to, unless the way there ends before."""
        at: Any = tree
        for key, following in zip(path, [*path[1:], None]):
            name = rng.choice(_NAMES) if key == "*" else key
            new = secret() if following is None or rng.random() < 0.05 else [] if following == "*" else {}
            if type(at) is list:
                at.append(new)
                at = new
            elif type(at) is dict:
                at = at.setdefault(name, new) if rng.random() < 0.8 else at.update({name: new}) or new
                if isinstance(at, (list, dict)) and rng.random() < 0.1:
                    tree[rng.choice(_NAMES)] = at  # the same object in another place
            else:
                return

    try:
        while True:
            tree = trees.new(rng.randrange(1, 4))
            if rng.random() < 0.5:
                paths[:] = own
            else:  # places that there are in this tree, and others
                several = [tuple(_keys(rng, tree)) for _ in range(rng.randrange(1, 4))]
                several = [tuple("*" if rng.random() < 0.2 else key for key in path) for path in several]
                if rng.random() < 0.02:
                    several.append(rng.choice(odd_paths))
                paths[:] = [*own, *several] if rng.random() < 0.5 else several
            for _ in range(rng.randrange(6)):
                if paths and isinstance(path := rng.choice(paths), tuple):
                    put(tree, path)
            if rng.random() < 0.01:
                yield (rng.choice(odd),)
            else:
                yield (rng.choice(kinds)(tree),)
    finally:
        paths[:] = own


#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    "Config.get_nested": look_up_cases,
    "redact_sensitive_values": secret_cases,
}
