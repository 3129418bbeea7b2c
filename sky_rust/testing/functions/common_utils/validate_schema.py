"""Calls of `validate_schema`."""

from __future__ import annotations

import datetime
import sys
from typing import Any

from sky_rust.testing import _schemas, _wrong_schemas, _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._configurations import config_class
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._worlds import CallsLeft, Replaced

#: A configuration of 20 lines, as a user writes it.
_CONFIGURATION = {
    "jobs": {"controller": {"resources": {"cpus": "4+", "infra": "k8s/my-context"}}},
    "kubernetes": {
        "allowed_contexts": ["my-context", "other-context"],
        "provision_timeout": 600,
        "pod_config": {
            "spec": {
                "imagePullSecrets": [{"name": "regcred"}],
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            }
        },
    },
    "aws": {"labels": {"team": "nlp", "owner": "alice"}, "use_internal_ips": False},
    "allowed_clouds": ["aws", "kubernetes"],
}


def named() -> list[Named]:
    """Calls as callers make them."""
    _schemas.validators()
    task = _yaml.task_tree()
    task["envs"] = {name: str(value) for name, value in task["envs"].items()}  # as SkyPilot does before
    configuration = {"skip_none": False}
    return [
        Named("a task", Call((task, _schemas.schema("task"), "Invalid task YAML: "))),
        Named(
            "a configuration, 20 lines", Call((_CONFIGURATION, _schemas.schema("config"), "Invalid: "), configuration)
        ),
        Named(
            "a team's configuration, 560 lines",
            Call((_yaml.configuration_tree(), _schemas.schema("config"), "Invalid: "), configuration),
        ),
        Named("a field that is None", Call(({"name": None, "run": "nvidia-smi"}, _schemas.schema("task")))),
        Named("an empty dict", Call(({}, {"type": "object"}))),
        Named("an unknown field", Call(({"nam": "a"}, _schemas.schema("task"))), declined=True),
    ]


#: Patterns, most of them SkyPilot's own, with those that end in their own way or that are not answered.
_PATTERNS = [
    *(
        "^(/|~/|~$)",
        "^all$",
        "all",
        "^a",
        "a$",
        "^[0-9]+(b|k|m|K)?$",
        "^(https|s3|gs)://.+",
        "^https?://.*$",
        "^sky_.+$",
    ),
    *(
        "^(?:[-a-z0-9]+/)?[-a-z0-9]+$",
        "^[^\\n]*$",
        "^\\d+-\\d+$",
        "^\\w+$",
        "^[a-z_][a-z0-9_.-]*$",
        "^(?:(?i:aws|K8s)|b)$",
    ),
    *(
        "(a|b)+c",
        "a.c",
        "[^a-c]",
        "^$",
        "$",
        "^",
        "",
        "a|",
        "(?:a|^b)",
        "(?:a$|b)",
        "\\.",
        "[.-]",
        "[a\\-z]",
        "[^\\d]$",
    ),
    *("^(?:(?:[-+]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?:ms|[smhdwMy]))+|([-+]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)))$", "^(?i:k)$"),
    # Not answered. None of which `re` warns: it does so once, when it compiles them.
    *(
        "(?i)a",
        "a{2}",
        "a*?",
        "a++",
        "(a?)*",
        "\\bA",
        "(?=a)a",
        "a$b",
        "a^b",
        "\\Aa",
        "a\\Z",
        "(?P<x>a)",
        "\\s",
    ),
    *("(", "*", "[", "\\1", "(a)\\1", "\xe9", "]", "{", "(?:)", "[]a]", "(?i:?:a)", "(?i:[^k])"),
]

#: Texts on both sides of the patterns.
_TEXTS = [
    *(
        "",
        "a",
        "b",
        "all",
        "all\n",
        "all\n\n",
        "xally",
        "12k",
        "12",
        "k",
        "~",
        "~/",
        "~\n",
        "~x",
        "https://a",
        "http://",
        "a\nb",
    ),
    *(
        "s3://b",
        "sky_",
        "sky_a",
        "a/b",
        "a//b",
        "a-b",
        "1-2",
        "-",
        "AWS",
        "k8S",
        "\u212a8s",
        "\u212a",
        "abac",
        "ac",
        "1.5ms",
    ),
    *("-1.5h2m", "1.5", ".5", "a.c", "a\x1fc", "_a9", "9a", "\xe9", "\u0664-\u0665", "\ud800", "A", "B", "\n", "."),
]

#: Values that are like others, and those that are none of JSON's.
_SPECIAL: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 0.0, -0.0, 1.0, 1.5, 2.0, float("nan"), float("inf"), 1e300, 2**53, 2.0**53),
    *(2**53 + 1, 2**63 - 1, -(2**63), 2.0**63, -(2.0**63), 2**63, 10**30, 9223372036854774784.0, 9223372036854775807),
    *("1", "a", "A", "\u212a", "", [], {}, [1], ["a"], {"a": 1}, {"b": "a"}, {1: 1}, {None: 1}, [[]], [{}], [None]),
    *((), ("a",), b"a", datetime.date(2026, 1, 1), {"a"}, 1j),
]


def never_equal(*_: object) -> bool:
    """In the place of jsonschema's `equal`: nothing is."""
    return False


def one_more(*_: object) -> list[str]:
    """In the place of jsonschema's `find_additional_properties`: there is always one."""
    return ["x"]


def no_validator(*_: object, **__: object) -> None:
    """In the place of jsonschema's `validator_for`."""


def generated() -> Domain:
    """Values that are valid under SkyPilot's schemas, with a change; and small schemas of every keyword."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import OddDict, OddFloat, OddInt, OddStr, anything, in_world, with_arguments

    _schemas.validators()
    every = [(name, one) for name, one in _schemas.schemas().items() if one.get("type") == "object"]
    # A schema with an object of its own, since its parts are looked at where they lie.
    valid = st.sampled_from(every).flatmap(
        lambda one: (
            _schemas.values(one[1])
            .filter(lambda value: _schemas.is_valid(one[1], value))
            .map(lambda value: (value, one[0]))
        )
    )
    with_none = st.builds(lambda pair: ({**pair[0], "another": None}, pair[1]), valid)
    prefix = st.sampled_from(["", "Invalid: "])
    as_config = st.sampled_from([dict, dict, config_class()])
    common = st.one_of(
        st.builds(
            lambda pair, prefix, kind: Call((kind(pair[0]), _schemas.schema(pair[1]), prefix), {"skip_none": False}),
            valid,
            prefix,
            as_config,
        ),
        st.builds(
            lambda pair, prefix, kind: Call((kind(pair[0]), _schemas.schema(pair[1]), prefix)),
            valid | with_none,
            prefix,
            as_config,
        ),
    )
    odd_ones = st.sampled_from([OddStr("a"), OddInt(1), OddFloat(1.0), OddDict(a=1), OddStr("aws")])
    others = st.one_of(st.sampled_from(_SPECIAL), st.sampled_from(_TEXTS), odd_ones)
    changes = st.sampled_from(["put", "drop", "inside", "case", "end"])
    changed = st.builds(
        lambda pair, pick, change, other, skip: Call(
            (_schemas.changed(pair[0], pick, change, other), _schemas.schema(pair[1])), {"skip_none": skip}
        ),
        valid,
        st.integers(0, 200),
        changes,
        others,
        st.booleans(),
    )
    small = st.builds(
        lambda schema, value, skip: Call(({"a": value}, _around(schema)), {"skip_none": skip}),
        _small_schemas(),
        _small_values() | others,
        st.booleans(),
    )
    tops = st.builds(
        lambda schema, value, skip: Call((value, schema), {"skip_none": skip}),
        _small_schemas(),
        st.dictionaries(st.sampled_from(["a", "b", "A", ""]), _small_values() | others, max_size=3),
        st.booleans(),
    )
    patterns = st.builds(
        lambda pattern, text: Call(({"a": text}, _around({"pattern": pattern}))),
        st.sampled_from(_PATTERNS),
        st.sampled_from(_TEXTS),
    )
    keywords = ["required", "type", "additionalProperties", "anyOf", "case_insensitive_enum", "new", "pattern"]
    modules = ["jsonschema._keywords", "jsonschema._utils", "jsonschema.validators"]
    replaced = {
        "equal": never_equal,
        "find_additional_properties": one_more,
        "validator_for": no_validator,
    }
    odd = st.one_of(
        changed,
        changed,
        small,
        small,
        small,
        tops,
        patterns,
        with_arguments(anything, st.just({"type": "object"})),
        with_arguments(st.just({}), anything),
        with_arguments(st.just({"a": 1}), st.just({"type": "object"}), anything, anything | st.booleans()),
        with_arguments(st.just({})),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda call, left: Call(call.args, call.kwargs, (CallsLeft(left),)), common | changed, st.integers(15, 250)
        ),
        st.builds(
            lambda depth, left: Call((_nested(depth), _nested_schema(depth)), {}, (CallsLeft(left + 2 * depth),)),
            st.integers(1, 70),
            st.integers(10, 200),
        ),
        in_world(common | small, st.sampled_from(keywords).map(_schemas.OtherKeyword)),
        in_world(
            small,
            st.sampled_from(
                [
                    Replaced(f"{module}:{name}", value)
                    for name, value in replaced.items()
                    for module in modules
                    if _is_there(module, name)
                ]
            ),
        ),
    )
    return Domain(common, odd)


def extremes() -> list[Call]:
    """Pairs of schema and value that look like others, and sizes around the limits."""
    _schemas.validators()
    pairs: list[tuple[Any, Any]] = [
        ({"type": "array"}, (1,)),
        ({"enum": [1]}, True),
        ({"enum": [1]}, 1.0),
        ({"enum": [True]}, 1),
        ({"enum": [0]}, False),
        ({"const": 1.0}, True),
        ({"case_sensitive_enum": ["a"]}, "A"),
        ({"case_sensitive_enum": [1]}, True),
        ({"case_insensitive_enum": ["k"]}, "\u212a"),
        ({"case_insensitive_enum": ["k"]}, 1),
        ({"anyOf": [{"case_insensitive_enum": ["k"]}, {}]}, 1),
        ({"anyOf": [{"type": "string", "case_insensitive_enum": ["k"]}, {"type": "integer"}]}, 1),
        ({"type": "integer"}, 1.0),
        ({"type": "integer"}, True),
        ({"type": "integer"}, float("inf")),
        ({"type": "number"}, False),
        ({"minimum": 2**53 + 1}, 2.0**53),
        ({"maximum": 2.0**63}, 2**63 - 1),
        ({"exclusiveMaximum": 1}, 1.0),
        ({"minimum": 1}, float("nan")),
        ({"minimum": 1}, 0),
        ({"maximum": 1}, 2),
        ({"exclusiveMinimum": 1}, 1),
        ({"exclusiveMaximum": 1}, 1),
        ({"const": True}, False),
        ({"enum": [None]}, ()),
        ({"type": "null"}, ()),
        ({"minItems": 2}, ["a"]),
        ({"maxItems": 1}, ["a", "b"]),
        ({"minProperties": 2}, {"a": 1}),
        ({"maxProperties": 1}, {"a": 1, "b": 1}),
        ({"minLength": 2}, "a"),
        ({"maxLength": 1}, "ab"),
        ({"pattern": "^all$"}, "all\n"),
        ({"pattern": "^all$"}, "all\n\n"),
        ({"pattern": "^\\d$"}, "\u0664"),
        ({"pattern": "l$"}, "l\n"),
        ({"pattern": "l$"}, "l\nk"),
        ({"pattern": "^[^a-c]$"}, "a"),
        ({"pattern": "^[^a-c]$"}, "d"),
        ({"pattern": "^(?i:K)$"}, "k"),
        ({"pattern": "^(?i:k)$"}, "K"),
        ({"pattern": "^(?i:k)$"}, "b"),
        ({"allOf": [{"pattern": "^a$"}, {"pattern": "^b$"}]}, "a"),
        ({"uniqueItems": True}, ["a", "a"]),
        ({"uniqueItems": True}, [1, True]),
        ({"uniqueItems": True}, [1, 1.0]),
        ({"uniqueItems": False}, [1, 1]),
        ({"additionalProperties": False, "patternProperties": {"": {}}}, {"a": 1}),
        ({"additionalProperties": False, "patternProperties": {"": {}, "b": {}}}, {"a": 1}),
        ({"additionalProperties": False, "patternProperties": {"b": {}}}, {"a": 1}),
        ({"additionalProperties": False, "patternProperties": {"b": {}}}, {"abc": 1}),
        ({"additionalProperties": {"type": "string"}, "properties": {"a": {}}}, {"a": 1, "b": 1}),
        ({"properties": {"a": {"type": "string"}}, "patternProperties": {"a": {"minLength": 2}}}, {"a": "b"}),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, 1),
        ({"not": {"type": "null"}}, None),
        ({"not": {}}, 1),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, "a"),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, 1),
        ({"then": False, "else": False}, 1),
        ({"items": [{"type": "string"}]}, ["a", 1]),
        ({"items": [{"type": "string"}]}, [1]),
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a", 1]),
        ({"items": False}, []),
        ({"items": False}, [1]),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}),
        ({"contains": {"type": "string"}}, [1]),
        ({"multipleOf": 2}, 3),
        ({"minLength": 2}, "\U0001f600"),
        ({"maxLength": 1}, "\U0001f600"),
        ({"$ref": "#/definitions/a", "type": "string", "definitions": {"a": {"type": "integer"}}}, 1),
        ({"$id": "a", "type": "string"}, 1),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "case_insensitive_enum": ["a"]}, "b"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "string"}]}, [1]),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}, 1.0),
        ({"$schema": "http://json-schema.org/draft-03/schema#", "required": True}, {}),
        ({"format": "email"}, "a"),
        ({"title": 1, "description": 1, "default": 1}, 1),
        ({"type": ["string", "integer"]}, 1),
        ({"type": ["string", "unknown"]}, 1),
        ({"type": []}, 1),
        ({"enum": []}, 1),
        ({"required": ["a", "b"]}, {"a": 1}),
        ({"required": "a"}, {"a": 1}),
        ({"required": ["a"]}, 1),
        (True, 1),
        (False, 1),
        # Values that only a message would show.
        ({"anyOf": [{"type": "string"}, {}]}, {"a": 10**5000}),
        ({"anyOf": [{"type": "string"}, {}]}, {"a": _Loud()}),
        ({"anyOf": [{"not": {}}, {}]}, [_Loud()]),
        ({"anyOf": [{"enum": [_Loud()]}, {}]}, 1),
        *_wrong_schemas.wrong(),
        *_wrong_schemas.too_large(),
    ]
    calls = [Call(({"a": value}, _around(schema))) for schema, value in pairs]
    calls += [Call((value, schema)) for schema, value in pairs if isinstance(value, dict)]
    calls += [
        Call(({"a": None, "b": 1}, {"required": ["a"]}), {"skip_none": skip}) for skip in (True, False, None, 1, "")
    ]
    calls += [Call((value, {"type": "object"})) for value in ({1: None}, {"a": None, 1: 2}, {None: 1})]
    calls += [Call((_nested(depth), _nested_schema(depth))) for depth in thresholds("validate_schema") if depth < 200]
    calls += [
        Call((_nested(depth), {"anyOf": [{"type": "string"}, {}]}))
        for depth in thresholds("validate_schema")
        if depth < 200
    ]
    # Where the original may reach the recursion limit.
    calls += [
        Call((_nested(depth), _nested_schema(depth)), {}, (CallsLeft(depth + more),))
        for depth in (10, 30, 50)
        for more in (15, 20, 25, 30, 40, depth, 2 * depth)
    ]
    calls += [
        Call(({"a": "a" * length}, _around({"pattern": "a" * length})))
        for length in thresholds("validate_schema")
        if length < 10_000
    ]
    return calls


class _Loud:
    """An object that may not be shown."""

    def __repr__(self) -> str:
        raise ValueError("shown")

    def __deepcopy__(self, memo: Any) -> _Loud:
        return self


def _is_there(module: str, name: str) -> bool:
    return hasattr(sys.modules.get(module), name)


def _around(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}}


def _nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def _nested_schema(depth: int) -> Any:
    schema: Any = {"type": "object"}
    for _ in range(depth - 1):
        schema = {"properties": {"a": schema}}
    return schema


def _small_values() -> Any:
    from hypothesis import strategies as st

    scalars = st.one_of(
        st.sampled_from([None, True, False, 0, 1, 2, 1.0, 0.5, 2.0, "a", "b", "A", "ab", "", "aws", "AWS"]),
        st.sampled_from(_TEXTS),
    )
    return st.recursive(
        scalars,
        lambda inside: (
            st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "A"]), inside, max_size=3)
        ),
        max_leaves=4,
    )


def _small_schemas() -> Any:
    """Schemas of one to three keywords, at any depth, right and wrong."""
    from hypothesis import strategies as st

    types = ["array", "boolean", "integer", "null", "number", "object", "string"]
    constants = st.sampled_from([None, True, False, 0, 1, 2, 1.0, 0.5, "a", "b", "A"])
    texts = st.lists(st.sampled_from(["a", "b", "A", "AWS", "ab"]), max_size=3)
    sizes = st.integers(0, 3)
    bounds = st.sampled_from([0, 1, 2, 0.5, 1.0, 2**53, 2.0**63, 2**63 - 1, -1])
    names = st.lists(st.sampled_from(["a", "b", "A"]), max_size=2, unique=True)
    leaves: dict[str, Any] = {
        "type": st.sampled_from(types) | st.lists(st.sampled_from(types), max_size=3),
        "enum": st.lists(constants, max_size=3),
        "const": constants,
        "case_insensitive_enum": texts,
        "case_sensitive_enum": texts,
        "pattern": st.sampled_from(_PATTERNS),
        "minimum": bounds,
        "maximum": bounds,
        "exclusiveMinimum": bounds,
        "exclusiveMaximum": bounds,
        "minLength": sizes,
        "maxLength": sizes,
        "minItems": sizes,
        "maxItems": sizes,
        "minProperties": sizes,
        "maxProperties": sizes,
        "uniqueItems": st.booleans(),
        "required": names,
        "format": st.just("date"),
        "description": st.just("text"),
    }
    rare: dict[str, Any] = {
        "$ref": st.sampled_from(["#", "#/definitions/a", None]),
        "$id": st.sampled_from(["a", "http://a/b", "#a"]),
        "$schema": st.sampled_from(
            [
                "https://json-schema.org/draft/2020-12/schema",
                "http://json-schema.org/draft-07/schema#",
                "http://json-schema.org/draft-04/schema#",
            ]
        ),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "definitions": st.just({"a": {"type": "string"}}),
        "dependencies": st.just({"a": ["b"], "b": {"type": "object"}}),
        "contains": st.just({"type": "string"}),
        "additionalItems": st.booleans(),
    }
    wrong = st.sampled_from([None, True, 1, "a", "string", [], ["a"], {}, {"a": 1}, ("a",), 2**70, 0.5])
    leaf = st.one_of(
        st.booleans(),
        st.just({}),
        st.fixed_dictionaries({}, optional=leaves),
        *(st.fixed_dictionaries({name: argument}) for name, argument in leaves.items()),
    )

    def nested(inside: Any) -> Any:
        several = st.lists(inside, min_size=1, max_size=3)
        by_name = st.dictionaries(st.sampled_from(["a", "b"]), inside, max_size=2)
        keywords = {
            "anyOf": several,
            "oneOf": several,
            "allOf": several,
            "not": inside,
            "if": inside,
            "then": inside,
            "else": inside,
            "items": inside | several,
            "properties": by_name,
            "patternProperties": st.dictionaries(st.sampled_from(_PATTERNS), inside, max_size=2),
            "additionalProperties": inside,
            "propertyNames": inside,
        }
        one = [st.fixed_dictionaries({name: argument}) for name, argument in keywords.items()]
        pairs = st.lists(st.sampled_from(sorted(keywords)), min_size=1, max_size=4, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({name: keywords[name] for name in names})
        )
        both = st.builds(lambda first, second: {**first, **second}, pairs, st.fixed_dictionaries({}, optional=leaves))
        mistaken = st.builds(
            lambda schema, name, argument: {**schema, name: argument} if isinstance(schema, dict) else schema,
            inside,
            st.sampled_from([*keywords, *leaves]),
            wrong,
        )
        unusual = st.builds(
            lambda schema, other: {**schema, **other} if isinstance(schema, dict) else schema,
            inside,
            st.one_of([st.fixed_dictionaries({name: argument}) for name, argument in rare.items()]),
        )
        return st.one_of(*one, pairs, pairs, both, both, mistaken, unusual)

    return st.recursive(leaf, nested, max_leaves=6)
