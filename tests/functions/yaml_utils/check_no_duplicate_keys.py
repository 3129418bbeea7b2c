"""Wrong natives of `check_no_duplicate_keys`, and patches of what it looks up."""

from __future__ import annotations

import re
from typing import Any

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, without_pauses
from tests.functions._patching import Patches, replaced
from tests.functions.yaml_utils._classes import in_table, on_class, on_tables

_FOLDER = "rust/src/natives/yaml_utils"
_CONTENT = f"{_FOLDER}/content.rs"
_PARSER = f"{_FOLDER}/parser.rs"

FAULTS = (
    Fault(
        "value", "self.seen.insert((mapping, content(key)?))", "{ self.seen.insert((mapping, content(key)?)); true }"
    ),
    Fault(
        "value",
        "memchr::memchr2(b'\\n', b'\\\\', source).is_none()",
        "true",
        _CONTENT,
        "A key, and it again with an escape.",
    ),
    Fault(
        "cache",
        "self.around.pop()",
        "{ self.around.pop(); self.around.last_mut().map(|it| { *it += 1; *it }) }",
        shows="A key again, after a value that is a collection.",
    ),
    Fault(
        "world", "self.deepest.max(self.depth)", "self.depth", _PARSER, "A text whose deepest place is not its last."
    ),
    Fault("world", "2 * deepest + 60", "deepest", shows="90 deep, with 120 calls left."),
    without_pauses("Ctrl-C in a text of a million lines."),
    Fault("GIL", "released(py, || ())", "()", "rust/src/effects/signals.rs", "Another thread, in such a text."),
    # No look at what is patched.
    forgotten("io.StringIO", "io.StringIO is another class."),
    forgotten("isinstance", "A global of the module hides isinstance."),
    forgotten("yaml.scanner", "A method of PyYAML's Scanner is replaced.", "it replaces no methods of classes"),
    Fault(
        "memory",
        "source(arguments.text(0)?.characters())?",
        leaking("source(arguments.text(0)?.characters())?"),
        shows="Each call leaves its text.",
    ),
)

CALL = Call(("a: [1, 'x', {b: c}]\nd: |\n  text\n",))


class _Broken:
    """Stands for a class of PyYAML's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise ValueError("broken")


PATCHES: Patches = (
    ("compose_all", replaced("yaml.compose_all")),
    ("StringIO", replaced("io.StringIO")),
    ("MappingNode", replaced("yaml.MappingNode", type("Other", (), {}))),
    (
        "a resolver on the loader",
        on_tables("Loader", lambda it: it.add_implicit_resolver("!i", re.compile("a"), ["a"])),
    ),
    ("a path resolver", on_tables("Loader", lambda loader: loader.add_path_resolver("!root", [], dict))),
    ("resolvers of a new character", in_table("Loader", "yaml_implicit_resolvers", "d", [("!d", re.compile("d"))])),
    ("check_node", on_class("Loader", "check_node", lambda self: False)),
    ("NON_PRINTABLE", on_class("Loader", "NON_PRINTABLE", re.compile("x"))),
    ("DEFAULT_TAGS", in_table("Loader", "DEFAULT_TAGS", "!x!", "x")),
    ("scan_plain", replaced("yaml.scanner.Scanner.scan_plain")),
    ("peek", replaced("yaml.reader.Reader.peek")),
    ("parse_node", replaced("yaml.parser.Parser.parse_node")),
    ("compose_mapping_node", replaced("yaml.composer.Composer.compose_mapping_node")),
    ("Constructor.__init__", replaced("yaml.constructor.BaseConstructor.__init__", lambda self: None)),
    ("resolve", replaced("yaml.resolver.BaseResolver.resolve")),
    ("tokens of the scanner", replaced("yaml.scanner.ScalarToken", _Broken)),
    ("events of the parser", replaced("yaml.parser.ScalarEvent", _Broken)),
    ("nodes of the composer", replaced("yaml.composer.ScalarNode", _Broken)),
    ("marks of the reader", replaced("yaml.reader.Mark", _Broken)),
    ("len in the scanner", replaced("yaml.scanner.len", lambda it: 7, create=True)),
    ("isinstance in the module", replaced("sky.utils.yaml_utils.isinstance", lambda it, of: True, create=True)),
    ("list in the module", replaced("sky.utils.yaml_utils.list", lambda it: [1 / 0], create=True)),
)
