"""Wrong natives of `safe_load`, and patches of what it looks up."""

from __future__ import annotations

import re
from typing import Any

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, without_pauses
from tests.functions._patching import Patches, replaced
from tests.functions.yaml_utils._classes import in_table, on_class, on_tables

_FOLDER = "rust/src/natives/yaml_utils"
_CONSTRUCTOR = f"{_FOLDER}/constructor.rs"
_CONTENT = f"{_FOLDER}/content.rs"
_PARSER = f"{_FOLDER}/parser.rs"
_SCANNER = f"{_FOLDER}/scanner.rs"
_SOURCE = f"{_FOLDER}/source.rs"

FAULTS = (
    # What one scanner takes, and the other does not.
    Fault("type", "first != b'\\t' && most <= spaces.max(least)", "most <= spaces.max(least)", _SCANNER, "a: |\\n\\tb"),
    Fault("type", "are_taken(text)", "true", _SOURCE, "A control character: an error to the reader."),
    Fault(
        "encoding",
        "!matches!(character, 0x2028 | 0x2029 | 0xfeff)",
        "character != 0xfeff",
        _SOURCE,
        "A line separator.",
    ),
    Fault("size", "self.at - start <= SIMPLE_KEY", "true", _SCANNER, "A key of 1,030 characters is an error."),
    # Where things end.
    Fault(
        "edge", "self.at += usize::from(is_next)", "self.at += 1", _SCANNER, "Any text with a byte that is looked for."
    ),
    Fault("edge", "scanner.column() > around", "scanner.column() >= around", _SCANNER, "A key after a plain scalar."),
    Fault("value", "!goes_on || self.scanner.column() == column", "true", _PARSER, "A line between two columns."),
    Fault("value", "is_flow || around != DOCUMENT", "true", _PARSER, "A text that is one scalar, with `---` below it."),
    Fault("value", '!self.is_marker(b"---") && !self.is_marker(b"...")', "true", _SCANNER, "'a\\n---\\nb'"),
    # Line folding, chomping, escapes.
    Fault("value", "line_breaks(&rest[..blank])", "line_breaks(&rest[..blank]).min(1)", _CONTENT),
    Fault("edge", "content.len() + more - 1", "content.len() + more", _CONTENT, "An empty line in a scalar."),
    Fault("value", "begins_with_space(last)", "false", _CONTENT, "A folded line that begins with a space."),
    Fault("value", "breaks == 0", "true", _CONTENT, "An empty line in a folded scalar."),
    Fault("edge", "own_break && block.chomping != Some(false)", "block.chomping != Some(false)", _CONTENT),
    Fault(
        "value",
        'line.starts_with(b"\\t")',
        "false",
        _CONTENT,
        "A folded line that begins with a tab.",
    ),
    Fault("encoding", "return Ok(('\\x0b', 2))", "return Ok(('\\x0c', 2))", _SCANNER),
    Fault(
        "type",
        "matches!(self.peek_at(1), Some(b',' | b'[' | b']' | b'{' | b'}' | b'?'))",
        "false",
        _SCANNER,
        "[a:,b], an error to libyaml.",
    ),
    # Tags.
    Fault("value", "characters.eq_ignore_ascii_case(word.as_bytes())", "*characters == *word.as_bytes()", _CONSTRUCTOR),
    Fault(
        "type",
        "!matches!(scalar.style, Style::Plain)",
        "matches!(scalar.style, Style::Single | Style::Double)",
        _CONSTRUCTOR,
    ),
    Fault("value", "(8, digits)", "(10, digits)", _CONSTRUCTOR),
    Fault("value", "(true, rest)", "(false, rest)", _CONSTRUCTOR),
    Fault(
        "rounding",
        "std::str::from_utf8(digits).ok()?.parse().ok()?",
        "f64::from(std::str::from_utf8(digits).ok()?.parse::<f32>().ok()?)",
        _CONSTRUCTOR,
    ),
    Fault("value", "documents.len() <= 1", "true", _CONSTRUCTOR, "Two documents."),
    Fault("world", "recursion::fits(py, CALLS)", "recursion::fits(py, 1)", _CONSTRUCTOR, "Twelve calls left."),
    without_pauses("Ctrl-C in a text of a million lines."),
    Fault(
        "reference",
        "dict.set(key, &object)",
        "{ std::mem::forget(object.clone()); dict.set(key, &object) }",
        _CONSTRUCTOR,
        "Each call leaves the values of its mappings.",
    ),
    forgotten("yaml.load", "yaml.load is replaced."),
    forgotten("yaml.CSafeLoader", "yaml.CSafeLoader is another class."),
    forgotten(
        "yaml.constructor", "A method of PyYAML's SafeConstructor is replaced.", "it replaces no methods of classes"
    ),
)

CALL = Call(("a: [1, 'x', yes, 1.5, ~]\nd: |\n  text\n",))


class _Broken:
    """Stands for a class of PyYAML's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise ValueError("broken")


PATCHES: Patches = (
    ("load", replaced("yaml.load")),
    ("CSafeLoader", replaced("yaml.CSafeLoader", _Broken)),
    ("the flag for PyYAML without its C part", replaced("sky.utils.yaml_utils._c_extension_unavailable", True)),
    (
        "a constructor",
        on_tables("CSafeLoader", lambda it: it.add_constructor("tag:yaml.org,2002:int", lambda *_: "an int")),
    ),
    ("a constructor, in the table", in_table("SafeLoader", "yaml_constructors", "tag:yaml.org,2002:str", lambda *_: 7)),
    ("a resolver", on_tables("CSafeLoader", lambda it: it.add_implicit_resolver("!i", re.compile("a"), ["a"]))),
    ("a path resolver", on_tables("CSafeLoader", lambda loader: loader.add_path_resolver("!root", [], dict))),
    ("bool_values", in_table("CSafeLoader", "bool_values", "yes", "indeed")),
    ("construct_mapping", on_class("CSafeLoader", "construct_mapping", lambda self, node, deep=False: {})),
    ("construct_yaml_float", replaced("yaml.constructor.SafeConstructor.construct_yaml_float")),
    ("flatten_mapping", replaced("yaml.constructor.SafeConstructor.flatten_mapping")),
    ("construct_object", replaced("yaml.constructor.BaseConstructor.construct_object")),
    ("resolve", replaced("yaml.resolver.BaseResolver.resolve")),
    ("nodes of the C part", replaced("yaml._yaml.ScalarNode", _Broken)),
    ("nodes of the constructor", replaced("yaml.constructor.ScalarNode", _Broken)),
    ("int in the constructor", replaced("yaml.constructor.int", lambda text: 8, create=True)),
    ("float of builtins", replaced("builtins.float", lambda text: 8.5)),
    ("GeneratorType", replaced("types.GeneratorType", int)),
)
