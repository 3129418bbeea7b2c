"""A million random calls of a function, native against original: `python -m tools.million NAME [COUNT] [SEED]`.

The properties of the differential suite look for small calls that differ, and take a thousand times as long for each.
The calls here are made with `random` alone, by a generator of the function's own. A call that the native declines is
the original's: it counts, and nothing is left to compare. Ends with status 1 where a call differs, at the hundredth.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sky_rust
from sky_rust import _native
from sky_rust.testing import _schemas, _yaml, candidate
from sky_rust.testing._boundaries import Boundary, boundaries, without_sharing
from tools.corpus import LONGEST_MUTATED, mutated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Differences after which nothing more is tried, and calls between two lines of progress.
_ENOUGH, _PROGRESS = 100, 100_000

_TEXTS = ["", "a", "b", "ab", "AWS", "aws", "1", "10", "s3://a", "~/a", "/a", "a\n", "\n", "\xe9", "a/b", "-", "k8s"]
_VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, -1, 0.0, 1.0, 1.5, 2.5, 2**63, float("nan"), float("inf")),
    *_TEXTS,
]
_TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
_PATTERNS = ["^a", "a$", "^[0-9]+$", "^(a|b)+$", "^(?i:aws|k8s)$", "^(s3|gs)://.+", "b?", "^[^\\n]*$", "^~?/", "a.b"]
_CHANGES = ["put", "drop", "inside", "case", "end"]


def main(name: str, count: int, seed: int) -> int:
    """Makes the calls, and prints each that differs.

    Args:
        name: the function.
        count: how many calls.
        seed: of the random numbers.

    Returns:
        The exit status: 1 if there was a difference.
    """
    if name not in CASES:
        print(f"there are no random calls of {name!r}, only of {', '.join(CASES)}", file=sys.stderr)
        return 2
    native, control = candidate(name), sky_rust.control(name)
    differences, start, counts = 0, time.process_time(), _native.counts(name)[:2]
    for at, arguments in zip(range(1, count + 1), CASES[name](random.Random(seed))):
        answers = _native.counts(name)[0]
        found = _outcome(native, arguments)
        if _native.counts(name)[0] != answers and found != (expected := _outcome(control, arguments)):
            differences += 1
            print(f"differs: {name}{arguments!r}\n  native: {found}\n  original: {expected}", flush=True)
        if at % _PROGRESS == 0 or at == count or differences == _ENOUGH:
            answered, declined = (now - then for now, then in zip(_native.counts(name)[:2], counts))
            took = time.process_time() - start
            print(f"{name}: {at:,} calls, {answered:,} answered, {declined:,} declined, ", end="")
            print(f"{differences} differ, {took:.0f} s", flush=True)
        if differences == _ENOUGH:
            break
    return 1 if differences else 0


def _outcome(function: Any, arguments: tuple[Any, ...]) -> tuple[str, str]:
    try:
        return "", repr(function(*arguments))
    except Exception as error:
        return type(error).__qualname__, str(error)


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


def text_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Some lines of SkyPilot's own YAML, its templates included, and of ours, changed at some places."""
    spec = importlib.util.find_spec("sky")
    folder = Path(spec.origin if spec and spec.origin else __file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".j2"))
    own = [_yaml.cluster(), _yaml.configuration(), *(row.call.args[0] for row in _yaml.named_texts())]
    texts = [*(path.read_text("utf-8") for path in files), *own]
    while True:
        for text in mutated(texts, 1_000, rng):
            if len(text) < LONGEST_MUTATED:
                yield (text,)


def tree_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Trees of what YAML can write, in which some collections are shared."""
    words = [*_yaml.FRAGMENTS, *_yaml.PLAIN.split(), *_yaml.ODD_PLAIN.split(), *_VALUES, 1e16, 1e-7, -0.0]

    def scalar() -> Any:
        kind = rng.random()
        if kind < 0.5:
            return rng.choice(words)
        if kind < 0.8:
            glue = rng.choice(["", " ", "\n", ": ", " #", "\t", "  "])
            return glue.join(str(rng.choice(words)) for _ in range(rng.choice([1, 2, 3, 5, 20])))
        return rng.choice([rng.randrange(-(10**6), 10**6), rng.uniform(-1e3, 1e3), "x" * rng.randrange(120, 132)])

    def tree(depth: int, made: list[Any]) -> Any:
        kind = rng.random()
        if depth == 0 or kind < 0.4:
            return scalar()
        if kind < 0.5 and made:
            return rng.choice(made)
        found: Any
        if kind < 0.7:
            found = [tree(depth - 1, made) for _ in range(rng.randrange(5))]
            found = tuple(found) if rng.random() < 0.1 else found
        else:
            found = {scalar(): tree(depth - 1, made) for _ in range(rng.randrange(5))}
        made.append(found)
        return found

    while True:
        yield (tree(rng.randrange(5), []),)


#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    "validate_schema": schema_cases,
    **dict.fromkeys(("check_no_duplicate_keys", "read_yaml_all_str", "read_yaml_str", "safe_load"), text_cases),
    "dump_yaml_str": tree_cases,
}

if __name__ == "__main__":
    name, count, seed = (*sys.argv[1:], *("validate_schema", "1000000", "0")[len(sys.argv) - 1 :])[:3]
    sys.exit(main(name, int(count), int(seed)))
