"""Wrong natives of `read_yaml_str`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced

_FOLDER = "rust/src/natives/yaml_utils"
_RESOLVER = f"{_FOLDER}/resolver.rs"
_SCANNER = f"{_FOLDER}/scanner.rs"

FAULTS = (
    Fault("value", "list.is_empty()", "false", shows="[]"),
    Fault("value", "dict.is_empty()", "true", shows="A mapping."),
    forgotten("safe_load", "The helper safe_load is replaced."),
    Fault("type", "Ok(NewDict::new(py)?.into_object())", "Ok(document)", shows="An empty text."),
    forgotten("yaml.CSafeLoader.yaml_constructors", "A constructor is registered.", "it registers nothing on loaders"),
    Fault("edge", "end == End::Colon", "true", _SCANNER, "A scalar in a sequence."),
    Fault("value", 'is(text == b"~", Tag::Null)', "Tag::Str", _RESOLVER, "~"),
    forgotten("io.StringIO", "io.StringIO is another class."),
    Fault(
        "memory",
        "source(arguments.text(0)?.characters())?",
        leaking("source(arguments.text(0)?.characters())?"),
        shows="Each call leaves its text.",
    ),
)

CALL = Call(("a: 1\n",))

PATCHES: Patches = (
    ("safe_load", replaced("sky.utils.yaml_utils.safe_load")),
    ("StringIO", replaced("io.StringIO")),
    ("load", replaced("yaml.load")),
)
