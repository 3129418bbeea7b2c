"""JSON schemas for the function that validates by them, SkyPilot's own and ours, and values on both sides of them."""

from __future__ import annotations

import contextlib
import copy
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sky_rust import _skypilot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    Values = SearchStrategy[Any]

#: Schemas for where SkyPilot is not installed: they have what SkyPilot's have.
OURS: dict[str, dict[str, Any]] = {
    "task": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": [],
        "additionalProperties": False,
        "properties": {
            "name": {"anyOf": [{"type": "string", "pattern": "^[a-zA-Z0-9._-][a-zA-Z0-9./_-]*$"}, {"type": "null"}]},
            "resources": {"type": "object"},
            "num_nodes": {"type": "integer", "minimum": 1},
            "envs": {
                "type": "object",
                "required": [],
                "patternProperties": {"^[a-zA-Z_][a-zA-Z0-9_]*$": {"type": ["string", "null"]}},
                "additionalProperties": False,
            },
            "file_mounts": {"type": "object"},
            "setup": {"type": "string"},
            "run": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
            "secrets": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
            "mode": {"type": "string", "case_insensitive_enum": ["MOUNT", "COPY", "k8s"]},
            "ports": {
                "type": "array",
                "items": {"type": "string", "pattern": "^[0-9]+(?:-[0-9]+)?$"},
                "uniqueItems": True,
                "maxItems": 3,
            },
        },
    },
    "config": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "jobs": {"type": "object", "properties": {"controller": {"type": "object", "maxProperties": 4}}},
            "kubernetes": {
                "type": "object",
                "properties": {
                    "allowed_contexts": {
                        "oneOf": [
                            {"type": "array", "items": {"type": "string"}},
                            {"type": "string", "pattern": "^all$"},
                        ]
                    },
                    "provision_timeout": {"type": "integer"},
                    "pod_config": {"type": "object"},
                },
            },
            "aws": {
                "type": "object",
                "properties": {
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "use_internal_ips": {"type": "boolean"},
                    "disabled": {"type": "boolean"},
                },
            },
            "allowed_clouds": {
                "type": "array",
                "items": {"type": "string", "case_insensitive_enum": ["aws", "kubernetes", "gcp"]},
            },
            "workspaces": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {"private": {"type": "boolean"}, "allowed_users": {"type": "array"}},
                    "if": {"properties": {"private": {"const": True}}, "required": ["private"]},
                    "then": {"required": ["allowed_users"]},
                },
            },
        },
    },
}


@functools.cache
def schemas() -> dict[str, dict[str, Any]]:
    """SkyPilot's schemas by name, or ours. One that is used is copied, since SkyPilot makes a new one for each call."""
    home = _skypilot.home_module("schemas")
    if home is None:
        return OURS
    found = {}
    for name, make in list(vars(home).items()):
        if re.fullmatch("get_.*_schema", name):
            found[name[len("get_") : -len("_schema")]] = make()
    return {**OURS, **found}


def schema(name: str) -> dict[str, Any]:
    """A new schema of that name."""
    found: dict[str, Any] = copy.deepcopy(schemas()[name])
    return found


def validators() -> list[Any]:
    """The classes of validators, SkyPilot's and the reference's: made now, if they were not yet.

    Natives decline until that was done, which is the first call's part.
    """
    homes = [_skypilot.home_module("validator"), _skypilot.reference_module("validator")]
    makers = [home.get_schema_validator for home in homes if home is not None]
    return [make() for make in makers if hasattr(make, "cache_info")]


def is_valid(schema: Any, value: Any) -> bool:
    """Whether jsonschema says so."""
    validator = _skypilot.reference_module("validator").get_schema_validator()
    return bool(validator(schema).is_valid(value))


@dataclass(frozen=True)
class OtherKeyword:
    """A keyword that holds for no value during the call.

    name: the keyword.
    """

    innermost: ClassVar[bool] = False
    name: str

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Replaces the keyword's function in the validators' classes."""
        import jsonschema

        def fail(*_: Any) -> Iterator[Any]:
            yield jsonschema.ValidationError("it holds for nothing")

        tables = [validator.VALIDATORS for validator in validators()]
        before = [table.get(self.name) for table in tables]
        for table in tables:
            table[self.name] = fail
        try:
            yield
        finally:
            for table, function in zip(tables, before):
                table[self.name] = function
                if function is None:
                    del table[self.name]


def values(schema: Any) -> Values:
    """Values that are mostly valid under a schema, made lazily: a schema of SkyPilot's has a thousand parts."""
    from hypothesis import strategies as st

    if not isinstance(schema, dict):
        return SCALARS()
    alternatives = next((keyword for keyword in ("anyOf", "oneOf", "allOf") if keyword in schema), None)
    if alternatives is not None:
        rest = {key: value for key, value in schema.items() if key != alternatives}
        return st.sampled_from(schema[alternatives]).flatmap(lambda branch: values(merged(rest, branch)))
    if "enum" in schema or "case_sensitive_enum" in schema:
        return st.sampled_from(schema.get("enum") or schema["case_sensitive_enum"])
    if "case_insensitive_enum" in schema:
        cases = st.sampled_from([str.lower, str.upper, str.title, str])
        return st.builds(lambda text, case: case(text), st.sampled_from(schema["case_insensitive_enum"]), cases)
    kind = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(kind, list):
        return st.sampled_from(kind).flatmap(lambda one: values({**schema, "type": one}))
    if kind == "object":
        return _objects(schema)
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        unique = repr if schema.get("uniqueItems") else None
        return st.lists(values(schema.get("items", {})), min_size=least, max_size=most, unique_by=unique)
    if kind == "string" and "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"], re.ASCII)).filter(str.isascii)
    if kind == "string":
        return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 8))
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        ints = st.integers(int(least), int(schema.get("maximum", least + 100)))
        return ints | ints.map(float) if kind == "number" else ints
    return {"boolean": st.booleans(), "null": st.none()}.get(str(kind), SCALARS())


@functools.cache
def SCALARS() -> Values:  # noqa: N802
    """Values for a schema that asks for nothing."""
    from hypothesis import strategies as st

    return st.none() | st.booleans() | st.integers(-2, 99) | st.floats(-9, 9) | st.text(max_size=4) | st.just({})


def merged(one: Any, other: Any) -> Any:
    """A schema that asks for what both ask for, as far as these two go."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    both = {**one, **other}
    for keyword in ("properties", "required"):
        if keyword in one and keyword in other:
            first, second = one[keyword], other[keyword]
            both[keyword] = {**first, **second} if isinstance(first, dict) else [*first, *second]
    return both


def _objects(schema: Any) -> Values:
    from hypothesis import strategies as st

    # Another draft begins at a `$schema`: such schemas are not answered.
    own = {
        name: one
        for name, one in schema.get("properties", {}).items()
        if one is not False and "$schema" not in str(one) and one != {"not": {}}
    }
    required = [name for name in schema.get("required", []) if name in own]
    optional = sorted(set(own) - set(required))
    at_most = max(0, schema.get("maxProperties", 4) - len(required))
    chosen = st.lists(st.sampled_from(optional), max_size=at_most, unique=True) if optional else st.just([])
    fixed = chosen.flatmap(
        lambda names: st.fixed_dictionaries({name: values(own[name]) for name in [*required, *names]})
    )
    additional = schema.get("additionalProperties")
    if schema.get("patternProperties"):
        pattern, inside = next(iter(schema["patternProperties"].items()))
        names = st.from_regex(re.compile(pattern, re.ASCII)).filter(str.isascii)
    elif isinstance(additional, dict):
        inside, names = additional, st.text(st.characters(min_codepoint=45, max_codepoint=122), min_size=1, max_size=6)
    else:
        return fixed
    most = max(0, schema.get("maxProperties", 3))
    more = st.dictionaries(names, values(inside), min_size=schema.get("minProperties", 0), max_size=min(3, most))
    return st.builds(lambda one, other: {**other, **one}, fixed, more)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to a value and to all values in it."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from paths(one, (*path, key))


def changed(value: Any, pick: int, change: str, other: Any) -> Any:
    """A copy of a value in which one thing is another.

    Args:
        value: the value.
        pick: says which of the things in it.
        change: what happens to that.
        other: what it becomes, or gets.
    """
    value = copy.deepcopy(value)
    every = list(paths(value))
    *way, last = ("", *every[pick % len(every)])
    around: Any = {"": value}
    for key in way:
        around = around[key]
    present = around[last]
    if change == "drop" and way and isinstance(around, dict):
        del around[last]
        return value
    if change == "inside" and isinstance(present, dict):
        present[other if isinstance(other, (str, int, type(None))) else "unknown"] = 1
    elif change == "inside" and isinstance(present, list):
        present.append(present[0] if present else other)
    elif change == "case" and isinstance(present, str):
        around[last] = present.swapcase()
    elif change == "end" and isinstance(present, str):
        around[last] = present + (other if isinstance(other, str) else "\n")
    elif change == "drop" and isinstance(present, dict) and present:
        del present[next(iter(present))]
    else:
        around[last] = other
    return value if way else around[""]
