"""Wrong natives of `dump_yaml_str`, and patches of what it looks up."""

from __future__ import annotations

import contextlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, without_pauses
from tests.functions._patching import Patches, attribute, replaced
from tests.functions.yaml_utils._classes import in_table, on_class, on_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = "rust/src/natives/yaml_utils"
_ANALYSIS = f"{_FOLDER}/analysis.rs"
_EMITTER = f"{_FOLDER}/emitter.rs"
_REPRESENTER = f"{_FOLDER}/representer.rs"
_RESOLVER = f"{_FOLDER}/resolver.rs"
_RESOLVE = "rust/src/guards/resolve.rs"
_SCALARS = f"{_FOLDER}/scalars.rs"

FAULTS = (
    Fault("type", "resolve(text) == Tag::Str", "!matches!(resolve(text), Tag::Bool | Tag::Int | Tag::Null)", _SCALARS),
    # The width of a line: of plain scalars, and where an escape was just written.
    Fault("edge", "spaces == 1 && self.column > BEST_WIDTH", "spaces == 1 && self.column >= BEST_WIDTH", _SCALARS),
    Fault(
        "edge", "self.column + end > BEST_WIDTH + start", "self.column + end > BEST_WIDTH + start.min(end)", _SCALARS
    ),
    # The limit of simple keys, which counts the tag.
    Fault("size", "text.len() + STR.len() < SIMPLE_KEY", "text.len() < SIMPLE_KEY", _EMITTER),
    Fault("value", "self.levels == 1", "self.levels <= 1", _EMITTER),
    Fault("value", "place == Place::Root", "false", _EMITTER),
    Fault("value", "place == Place::Entry", "false", _EMITTER),
    # What may be plain.
    Fault("edge", "last == b':'", "false", _ANALYSIS),
    Fault("value", 'text.starts_with(b"...")', "false", _ANALYSIS),
    Fault(
        "encoding", "matches!(character, 0x0a | 0x85 | 0x2028 | 0x2029)", "matches!(character, 0x0a | 0x85)", _ANALYSIS
    ),
    Fault("value", "matches!(byte, b'0'..=b'7' | b'_')", "matches!(byte, b'0'..=b'9' | b'_')", _RESOLVER),
    # Anchors: a document's own, and none for `()`.
    Fault("cache", "self.collections.clear()", "()", _REPRESENTER),
    Fault("cache", "self.anchors = 0", "()", _REPRESENTER),
    Fault("value", "tuple.is_empty()", "false", _REPRESENTER),
    Fault("type", "Scalar::Bool(value)", "Scalar::Int(value.into())", _REPRESENTER),
    # Escapes, and characters that need one.
    Fault(
        "encoding",
        "character.is_none_or(must_be_escaped)",
        "character.is_none_or(|it| it != 0x7f && must_be_escaped(it))",
        _SCALARS,
    ),
    Fault(
        "encoding",
        "(character >> (4 * digit)) as u8 & 0xf",
        "((character & 0x1f_ffff) >> (4 * digit)) as u8 & 0x7",
        _SCALARS,
    ),
    Fault("value", "!digits.contains(&b'.')", "true", _SCALARS),
    Fault(
        "world",
        "3 * depth + 60",
        "depth",
        shows="A tree 90 deep, where the caller is 800 deep: the original reaches the recursion limit.",
    ),
    # No look at what is registered, or at what a name stands for.
    Fault("guard", "self.methods(&object, module, methods)?", "()", _RESOLVE, "A representer of str is registered."),
    Fault("guard", "self.table(&object, digest)?", "()", _RESOLVE, "A resolver is registered."),
    forgotten(
        "yaml.emitter",
        "A method of PyYAML's Emitter is replaced.",
        unseen="methods of PyYAML's classes are not replaced: tests/worlds/test_patches.py does",
    ),
    forgotten(
        "yaml.dump_all.@.io.StringIO",
        "io.StringIO is another class.",
        unseen="io.StringIO is only replaced where SkyPilot's own code names it",
    ),
    Fault(
        "reference",
        "HeldText::of(text)",
        "{ std::mem::forget(HeldText::of(text)); HeldText::of(text) }",
        _REPRESENTER,
        "Each call leaves a reference to each str.",
    ),
    Fault(
        "memory",
        "emitter.stream(&representer.nodes)?",
        "{ emitter.stream(&representer.nodes)?; std::mem::forget(std::hint::black_box(emitter.out.clone())); }",
        shows="Each call leaves its text.",
    ),
    Fault("signal", "self.steps.step(self.py)?", "()", _REPRESENTER, "Ctrl-C before a million dicts are written."),
    without_pauses("Ctrl-C while a tree of a million nodes is dumped comes too late."),
)

CALL = Call(({"name": "it's", "list": [1, None, ()], "text": "yes", "float": 1.5, "odd": "\xe9" * 30, "last": True},))


@contextlib.contextmanager
def _appended() -> Iterator[None]:
    """Adds a resolver to a list in the table: no dict changes."""
    import yaml

    resolvers = yaml.SafeDumper.yaml_implicit_resolvers["n"]
    resolvers.append(("!name", re.compile("name")))
    try:
        yield
    finally:
        resolvers.pop()


@contextlib.contextmanager
def _exchanged() -> Iterator[None]:
    """Puts another resolver into a list in the table, which stays as long as it was."""
    import yaml

    resolvers = yaml.SafeDumper.yaml_implicit_resolvers["y"]
    kept, resolvers[0] = resolvers[0], ("tag:yaml.org,2002:bool", re.compile("y"))
    try:
        yield
    finally:
        resolvers[0] = kept


@contextlib.contextmanager
def _recoded() -> Iterator[None]:
    """Gives a method of the emitter the code of another one from the same file."""
    from yaml.emitter import Emitter

    kept = Emitter.write_line_break.__code__
    Emitter.write_line_break.__code__ = Emitter.write_version_directive.__code__.replace(
        co_argcount=2, co_varnames=("self", "data"), co_nlocals=2, co_code=kept.co_code, co_consts=kept.co_consts
    )
    try:
        yield
    finally:
        Emitter.write_line_break.__code__ = kept


def _defaults(path: str, name: str, value: Any) -> Any:
    """Gives a parameter of a function another default."""
    function = pkgutil.resolve_name(path)
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount][-len(function.__defaults__) :]
    changed = tuple(
        value if parameter == name else default for parameter, default in zip(parameters, function.__defaults__)
    )
    return mock.patch.object(function, "__defaults__", changed)


@contextlib.contextmanager
def _lazy() -> Iterator[None]:
    """Sets the class on SkyPilot's lazy import of PyYAML."""
    import yaml
    from sky.utils import yaml_utils

    with attribute(yaml_utils.yaml, "SafeDumper", type("SafeDumper", (yaml.SafeDumper,), {"ANCHOR_TEMPLATE": "a%d"})):
        yield


def _as_text(dumper: Any, data: Any) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", f"{data}!")


class _Event:
    """Stands for a class of events."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise ValueError("an event")


PATCHES: Patches = (
    ("a representer of str", on_tables("SafeDumper", lambda dumper: dumper.add_representer(str, _as_text))),
    ("a representer of int, in the table", in_table("SafeDumper", "yaml_representers", int, _as_text)),
    (
        "a resolver on the dumper",
        on_tables("SafeDumper", lambda it: it.add_implicit_resolver("!i", re.compile("it"), ["i"])),
    ),
    (
        "a resolver for any character",
        on_tables("SafeDumper", lambda it: it.add_implicit_resolver("!i", re.compile("it"), None)),
    ),
    ("a resolver more", lambda: _appended()),
    ("another resolver", lambda: _exchanged()),
    (
        "resolvers of a new character",
        in_table("SafeDumper", "yaml_implicit_resolvers", "l", [("!list", re.compile("list"))]),
    ),
    ("a path resolver", on_tables("SafeDumper", lambda dumper: dumper.add_path_resolver("!root", [], dict))),
    ("ignore_aliases", on_class("SafeDumper", "ignore_aliases", lambda self, data: True)),
    ("another ignore_aliases of PyYAML", replaced("yaml.SafeDumper.ignore_aliases", lambda *a: False, create=True)),
    (
        "increase_indent",
        on_class("SafeDumper", "increase_indent", lambda self, flow=False, indentless=False: self.indents.append(0)),
    ),
    ("ANCHOR_TEMPLATE", on_class("SafeDumper", "ANCHOR_TEMPLATE", "a%d")),
    ("inf_value", on_class("SafeDumper", "inf_value", 1.5)),
    ("DEFAULT_SCALAR_TAG", on_class("SafeDumper", "DEFAULT_SCALAR_TAG", "!str")),
    ("ESCAPE_REPLACEMENTS", in_table("SafeDumper", "ESCAPE_REPLACEMENTS", "\xe9", "e")),
    ("DEFAULT_TAG_PREFIXES", in_table("SafeDumper", "DEFAULT_TAG_PREFIXES", "tag:yaml.org,2002:s", "!s!")),
    ("write_plain", replaced("yaml.emitter.Emitter.write_plain")),
    ("analyze_scalar", replaced("yaml.emitter.Emitter.analyze_scalar")),
    ("anchor_node", replaced("yaml.serializer.Serializer.anchor_node")),
    ("represent_sequence", replaced("yaml.representer.BaseRepresenter.represent_sequence")),
    ("resolve", replaced("yaml.resolver.BaseResolver.resolve")),
    ("code of a method", lambda: _recoded()),
    ("defaults of a method", lambda: _defaults("yaml.emitter:Emitter.write_plain", "split", False)),
    ("defaults of dump_all", lambda: _defaults("yaml:dump_all", "allow_unicode", True)),
    ("defaults of dump", lambda: _defaults("yaml:dump", "stream", "a file")),
    ("events of the serializer", replaced("yaml.serializer.ScalarEvent", _Event)),
    ("events of the emitter", replaced("yaml.emitter.ScalarEvent", _Event)),
    ("the method of an event", replaced("yaml.events.ScalarEvent.__init__", _Event.__init__)),
    ("nodes of the representer", replaced("yaml.representer.ScalarNode", _Event)),
    ("isinstance in the emitter", replaced("yaml.emitter.isinstance", lambda it, of: False, create=True)),
    ("hasattr in the representer", replaced("yaml.representer.hasattr", lambda it, name: False, create=True)),
    ("isinstance in the module", replaced("sky.utils.yaml_utils.isinstance", lambda it, of: True, create=True)),
    ("repr of builtins", replaced("builtins.sorted", lambda it, **kwargs: list(it)[::-1])),
    ("StringIO", replaced("io.StringIO")),
    ("SafeDumper", replaced("yaml.SafeDumper", dict)),
    ("dump", replaced("yaml.dump")),
    ("dump_all", replaced("yaml.dump_all")),
    ("the lazy import", lambda: _lazy()),
)
