"""Values on both sides of each keyword of a JSON schema: just inside of it and just outside, the rest being valid."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import math
import re
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from sky_rust.testing._schemas import is_valid, merged, validators

if TYPE_CHECKING:
    from collections.abc import Iterator

    Around = Callable[[Any], Any]
    Path = tuple[Any, ...]


class Place(NamedTuple):
    """A keyword of a schema.

    path: the way to the part of the schema that has it.
    keyword: its name.
    argument: what stands under it.
    """

    path: Path
    keyword: str
    argument: Any


class Boundary(NamedTuple):
    """A value that a schema is asked about.

    place: the keyword on one side of which the value is.
    holds: whether it is the side on which the keyword holds.
    value: all of the value.
    """

    place: Place
    holds: bool
    value: Any


#: The types of the values about which keywords say something, where these are not all.
_ABOUT: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("pattern", "minLength", "maxLength", "case_insensitive_enum"), str),
    **dict.fromkeys(("items", "minItems", "maxItems", "uniqueItems"), list),
    **dict.fromkeys(("properties", "patternProperties", "additionalProperties", "propertyNames", "required"), dict),
    **dict.fromkeys(("minProperties", "maxProperties"), dict),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (int, float)),
}

#: The types that a schema without a `type` may mean, by its keywords.
_ABOUT_KIND = {
    keyword: {str: "string", list: "array", dict: "object"}.get(about, "integer")  # type: ignore[call-overload]
    for keyword, about in _ABOUT.items()
}

#: The keywords that have a schema, one under each name, or several in a list.
_OF_ONE = ("additionalProperties", "items", "not", "if", "then", "else", "propertyNames")
_OF_NAMES = ("properties", "patternProperties")
_OF_SEVERAL = ("anyOf", "oneOf", "allOf")

#: The arguments with which a keyword holds for every value.
_FOR_EVERYTHING: tuple[Any, ...] = ({}, True)
_ALWAYS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("additionalProperties", "items", "propertyNames"), _FOR_EVERYTHING),
    **dict.fromkeys(("properties", "patternProperties"), ({},)),
    "required": ([],),
    "uniqueItems": (False,),
}

#: Keywords that nothing is checked by, or that another one looks at.
_NOTES = ("then", "else", "$schema", "description", "default", "title", "examples", "format", "$comment")

#: A value of each type.
_OF_TYPE: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "a",
    "array": [],
    "object": {},
}

#: Texts that are keys of objects, or match a pattern, and ends that make one match no more.
_NAMES = ("a", "b-1", "C_2", "d.e", "f/g", "h", "i", "j", "k", "l", "m", "n", "o", "p")
_TEXTS = (
    "a",
    "1",
    "/a",
    "~/a",
    "s3://a",
    "https://a",
    "gs://a/b",
    "1-2",
    "a/b",
    "all",
    "a.b",
    "aws",
    "azure",
    "k8s",
    "sky_a",
    "",
)
_ENDS = ("\n", "\na", " ", "!", "/", "a", "1", "\xe9", "~")


def places(schema: Any, path: Path = ()) -> Iterator[Place]:
    """All keywords of a schema that say something about values, and of all schemas in it."""
    for keyword, argument in schema.items() if isinstance(schema, dict) else ():
        if keyword not in _NOTES:
            yield Place(path, keyword, argument)
        for key, inside in _inside(keyword, argument):
            yield from places(inside, (*path, keyword, *key))


def boundaries(schema: Any) -> list[Boundary]:
    """For each keyword of a schema, and of all schemas in it, a value on each of its sides: those that could be found.

    Args:
        schema: the schema, which has no part in two places, of JSON's types.
    """
    every = {(place.path, place.keyword): place for place in places(schema)}
    sides = {(*key, holds) for key, place in every.items() for holds in (True, False) if not one_sided(place, holds)}
    found: dict[tuple[Path, str, bool], Boundary] = {}
    with _Tracer(schema).watching() as seen:
        for path, keyword, value in _tried(schema, schema, lambda value: value, ()):
            if any((path, keyword, holds) in sides for holds in (True, False)):
                for side in sides & seen(value):  # what is met on the way to another keyword counts as well
                    sides.remove(side)
                    found[side] = Boundary(every[side[:2]], side[2], value)
    return list(found.values())


def one_sided(place: Place, holds: bool) -> bool:
    """Whether no value can be on that side of a keyword: it holds for every value, or for none."""
    if place.keyword == "not":
        return holds and place.argument in _FOR_EVERYTHING
    return not holds and place.argument in _ALWAYS.get(place.keyword, ())


def without_sharing(schema: Any) -> Any:
    """A copy of a schema in which no part is in two places."""
    if isinstance(schema, dict):
        return {key: without_sharing(value) for key, value in schema.items()}
    return [without_sharing(value) for value in schema] if isinstance(schema, (list, tuple)) else schema


class _Tracer:
    """Asks a schema about values, and notes which keywords are looked at, and whether they hold."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._paths: dict[int, Path] = {}
        self._note(schema, ())
        self._seen: set[tuple[Path, str, bool]] = set()

    def _note(self, schema: Any, path: Path) -> None:
        if isinstance(schema, dict):
            self._paths[id(schema)] = path
            for keyword, argument in schema.items():
                for key, inside in _inside(keyword, argument):
                    self._note(inside, (*path, keyword, *key))

    @contextlib.contextmanager
    def watching(self) -> Iterator[Callable[[Any], set[tuple[Path, str, bool]]]]:
        """Gives a function for the keywords that a value is checked by, with their paths, and whether they hold."""
        import jsonschema

        classes = [*validators(), jsonschema.Draft202012Validator]  # a `$schema` inside a schema leads to the other
        with contextlib.ExitStack() as stack:
            for one in classes:
                stack.enter_context(self._watching(one.VALIDATORS))
            yield functools.partial(self._ask, classes[0](self._schema))

    def _ask(self, validator: Any, value: Any) -> set[tuple[Path, str, bool]]:
        self._seen = set()
        list(validator.iter_errors(value))
        return self._seen

    @contextlib.contextmanager
    def _watching(self, table: dict[str, Any]) -> Iterator[None]:
        before = dict(table)
        for keyword, function in before.items():
            table[keyword] = functools.partial(self._watched, keyword, function)
        try:
            yield
        finally:
            table.update(before)

    def _watched(self, keyword: str, function: Any, validator: Any, argument: Any, value: Any, schema: Any) -> Any:
        try:
            errors = list(function(validator, argument, value, schema) or ())
        except AttributeError:  # `case_insensitive_enum` asks for texts alone: go on behind it
            return []
        path = self._paths.get(id(schema))
        if path is not None and isinstance(value, _ABOUT.get(keyword, object)):
            self._seen.add((path, keyword, not errors))
        return errors


def _inside(keyword: str, argument: Any) -> Iterator[tuple[Path, Any]]:
    """The schemas under a keyword, each with its key there."""
    if keyword in _OF_ONE:
        yield (), argument
    elif keyword in _OF_NAMES:
        yield from (((name,), one) for name, one in argument.items())
    elif keyword in _OF_SEVERAL:
        yield from (((at,), one) for at, one in enumerate(argument))


def _tried(own: Any, schema: Any, around: Around, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Values to ask about, each with the path and the name of a keyword of `own` and of all schemas in it.

    Args:
        own: the schema whose keywords count.
        schema: the same, with what else is asked of the value.
        around: puts a value where `own` is asked about it.
        path: the way to `own`.
    """
    if not isinstance(own, dict):
        return
    for keyword, argument in own.items():
        if keyword not in _NOTES:
            for value in _near(schema, keyword, argument):
                yield path, keyword, around(value)
        for key, inside in _inside(keyword, argument):
            for put, asked in _ways(schema, keyword, key, inside):
                yield from _tried(inside, asked, functools.partial(_put_inside, around, put), (*path, keyword, *key))


def _put_inside(around: Around, put: Around, value: Any) -> Any:
    return around(put(value))


def _with_entry(base: Any, name: str, value: Any) -> Any:
    return {**base, name: value}


def _ways(schema: Any, keyword: str, key: Path, inside: Any) -> Iterator[tuple[Around, Any]]:
    """How to put a value where a schema under a keyword is asked about it, and what else is asked of it there."""
    if keyword in (*_OF_SEVERAL, "not", "if", "then", "else"):
        rest = {name: one for name, one in schema.items() if name != keyword}
        yield lambda value: value, merged(rest, inside)
    elif keyword == "items":
        others = _several(inside, max(0, schema.get("minItems", 0) - 1))
        yield lambda value: [value, *others], inside
    elif keyword == "propertyNames":
        rest = schema.get("additionalProperties", {})
        yield lambda name: {name: example(rest)} if isinstance(name, str) else {}, {"type": "string", **inside}
    else:
        names = key if keyword == "properties" else _names(schema, keyword, key)
        for name in names:
            yield functools.partial(_with_entry, _base(schema, name, inside), name), inside


def _base(schema: Any, name: str, inside: Any) -> Any:
    """An object that is valid with an entry of that name more; where none is found, one that is valid without."""
    bases = [base for base in _candidates({**schema, "type": "object"}) if isinstance(base, dict)]
    return next((base for base in bases if _is_valid(schema, {**base, name: example(inside)})), (*bases, {})[0])


def _names(schema: Any, keyword: str, key: Path) -> list[str]:
    """Names that stand under `patternProperties`, or `additionalProperties`."""
    if keyword == "patternProperties":
        return [_matching(key[0])]
    return [
        name
        for name in (*_NAMES, "kubernetes", *schema.get("propertyNames", {}).get("enum", ()))
        if name not in schema.get("properties", {}) and _is_valid(schema.get("propertyNames", {}), name)
    ][:1]


def _near(schema: Any, keyword: str, argument: Any) -> Iterator[Any]:
    """Values of which some are just inside of a keyword, and some just outside."""
    if keyword in ("enum", "case_sensitive_enum", "case_insensitive_enum"):
        for one in argument:
            yield one
            if isinstance(one, str):
                yield from (one.swapcase(), f"{one}x")
    elif keyword == "pattern":
        text = _matching(argument)
        yield text
        yield from (f"{text}{end}" for end in _ENDS)
        yield from (f"!{text}", text[:-1], "")
    elif keyword in ("minLength", "maxLength"):
        yield from ("a" * max(0, argument + by) for by in (-1, 0, 1))
    elif keyword in ("minItems", "maxItems"):
        yield from (_several(schema.get("items", {}), max(0, argument + by)) for by in (-1, 0, 1))
    elif keyword == "uniqueItems":
        yield (two := _several(schema.get("items", {}), 2))
        yield two[:1] * 2
    elif keyword in ("minProperties", "maxProperties"):
        yield from (_object(schema, max(0, argument + by)) for by in (-1, 0, 1))
    elif keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        yield from (argument, argument - 1, argument + 1, float(argument))
        yield from (math.nextafter(argument, -math.inf), math.nextafter(argument, math.inf))
    elif keyword in ("required", "additionalProperties"):
        for base in _objects(schema):
            yield from ({key: value for key, value in base.items() if key != name} for name in base)
            yield from ({**base, name: one} for name in ("a", "unknown", "-") for one in _OF_TYPE.values())
    yield from _OF_TYPE.values()
    yield from _candidates(schema)


def example(schema: Any) -> Any:
    """A value that is valid under a schema, as small as it is found; None where none is found."""
    return json.loads(_example(json.dumps(schema)))


def _is_valid(schema: Any, value: Any) -> bool:
    try:
        return is_valid(schema, value)
    except AttributeError:  # `case_insensitive_enum` asks for texts alone
        return False


@functools.cache
def _example(schema: str) -> str:
    asked = json.loads(schema)
    return json.dumps(next((value for value in _candidates(asked) if _is_valid(asked, value)), None))


def _candidates(schema: Any) -> Iterator[Any]:
    """Values of which most are valid under a schema."""
    if not isinstance(schema, dict):
        yield "a"
        return
    for keyword in _OF_SEVERAL:
        rest = {name: one for name, one in schema.items() if name != keyword}
        for branch in schema.get(keyword, ()):
            yield from _candidates(merged(rest, branch))
    for keyword in ("enum", "case_sensitive_enum", "case_insensitive_enum"):
        yield from schema.get(keyword, ())
    kinds = schema.get("type", [_ABOUT_KIND[name] for name in schema if name in _ABOUT_KIND] or ["string", "null"])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind == "object":
            yield from _objects(schema)
        elif kind == "array":
            yield _several(schema.get("items", {}), schema.get("minItems", 0))
            yield _several(schema.get("items", {}), max(1, schema.get("minItems", 0)))
        elif kind == "string":
            yield _matching(schema["pattern"]) if "pattern" in schema else "a" * max(1, schema.get("minLength", 0))
        elif kind in ("integer", "number"):
            yield from (schema.get("minimum", 1), schema.get("maximum", 1), schema.get("exclusiveMinimum", 0) + 1)
        yield _OF_TYPE.get(kind)


def _objects(schema: Any) -> Iterator[Any]:
    """Objects with what is required, or with one entry more."""
    least = _object(schema, schema.get("minProperties", 0))
    yield least
    for name, one in schema.get("properties", {}).items():
        if name not in least and one is not False:
            yield {**least, name: example(one)}


def _object(schema: Any, count: int) -> Any:
    """An object with what is required, and so many entries if there are names for them."""
    own, additional = schema.get("properties", {}), schema.get("additionalProperties", {})
    made = {name: example(own.get(name, additional)) for name in schema.get("required", ())}
    patterns = [(_matching(pattern), inside) for pattern, inside in schema.get("patternProperties", {}).items()]
    more = [(name, additional) for name in _names(schema, "additionalProperties", ()) + list(_NAMES)]
    for name, one in [*own.items(), *patterns, *(more if additional is not False else [])]:
        if len(made) >= count:
            break
        made.setdefault(name, example(one))
    return made


def _several(schema: Any, count: int) -> list[Any]:
    """So many values that are valid under a schema, all of them different if there are so many."""
    made: list[Any] = []
    for value in itertools.chain(_candidates(schema), _NAMES, range(9)):
        if len(made) >= count:
            break
        if value not in made and _is_valid(schema, value):
            made.append(value)
    return made + [example(schema)] * (count - len(made))


@functools.cache
def _matching(pattern: str) -> str:
    """A text in which a pattern is found, as small as it is found."""
    known = next((text for text in _TEXTS if re.search(pattern, text)), None)
    if known is not None:
        return known
    import hypothesis
    from hypothesis import strategies as st

    once = hypothesis.settings(database=None, derandomize=True)
    found: str = hypothesis.find(st.from_regex(re.compile(pattern, re.ASCII)), str.isascii, settings=once)
    return found
