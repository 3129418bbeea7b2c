"""Wrong natives of `read_yaml_all_str`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced

_CONSTRUCTOR = "rust/src/natives/yaml_utils/constructor.rs"
_PARSER = "rust/src/natives/yaml_utils/parser.rs"

FAULTS = (
    Fault("value", "documents.is_empty()", "false", shows="An empty text."),
    Fault("value", "self.events.scalar(Scalar::EMPTY)?", "()", _PARSER, "A document that is empty."),
    Fault(
        "value", "in_mapping && self.scanner.is_entry()", "in_mapping", _PARSER, "A key without a value, and another."
    ),
    Fault(
        "value",
        "push(self.py, &mut self.documents, object)",
        "{ self.documents.insert(0, object); Ok(()) }",
        _CONSTRUCTOR,
        "Two documents.",
    ),
    Fault(
        "memory",
        "source(arguments.text(0)?.characters())?",
        leaking("source(arguments.text(0)?.characters())?"),
        shows="Each call leaves its text.",
    ),
    forgotten("safe_load_all", "The helper safe_load_all is replaced."),
    forgotten("list", "A global of the module hides list."),
    forgotten("yaml.load_all", "yaml.load_all is replaced."),
)

CALL = Call(("a: 1\n---\nb: 2\n",))

PATCHES: Patches = (
    ("safe_load_all", replaced("sky.utils.yaml_utils.safe_load_all")),
    ("StringIO", replaced("io.StringIO")),
    ("load_all", replaced("yaml.load_all")),
    ("list in the module", replaced("sky.utils.yaml_utils.list", lambda it: [1], create=True)),
)
