"""Wrong natives of `redact_sensitive_values`, and patches of what it looks up."""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

from sky_rust import _skypilot
from sky_rust._registry import function
from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, without_pauses
from tests.functions._patching import Patches, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

_TREE = "rust/src/natives/config_utils/tree.rs"

FAULTS = (
    Fault("value", "!value.is_none()", "true", shows="A secret that is None, which stays None."),
    Fault("value", 'Some(b"*")', 'Some(b"?")', shows="The password of an alternative."),
    Fault("edge", "!rest.is_empty()", "rest.len() > 1", shows="A path of two keys."),
    Fault("type", "children.extend(tuple.items())", "()", shows="Alternatives in a tuple."),
    Fault(
        "type",
        "!config.is_exact_instance_of::<PyDict>()",
        "false",
        shows="A dict that has other keys for its copy, or counts as false.",
    ),
    Fault(
        "edge",
        "dict.inherits(&READING)?",
        "dict.inherits(&READING[1..])?",
        shows="A dict that counts as false.",
    ),
    Fault("world", "fits(py, tree.depth)", "true", shows="Ten calls left."),
    Fault(
        "value",
        "tree.copy_entries(count, &copy)?",
        "config.entries().try_for_each(|(key, value)| copy.set(&key, &value))?",
        shows="Any dict inside: the caller would get the configuration's own, with secrets replaced.",
    ),
    Fault("size", "keys.clear()", "()", shows="The second path."),
    Fault(
        "size",
        "self.children(node)?",
        "self.children(node)?.into_iter().take(1).collect::<Vec<_>>()",
        shows="Two of them.",
    ),
    Fault("reference", "dict.get(key)?", leaking("dict.get(key)?"), shows="A secret is never dropped."),
    Fault(
        "memory",
        "keys.try_reserve(items.len()).or_memory_error(path.py())?",
        "std::mem::forget(std::hint::black_box(Vec::<u8>::with_capacity(64 + items.len())))",
        shows="Each path leaves some bytes.",
    ),
    Fault("signal", "self.steps.step(self.py)?", "()", shows="Ctrl-C on four million ways to the same list."),
    without_pauses("Ctrl-C in a copy of a million lists."),
    Fault("value", "is_held_elsewhere(object)", "false", _TREE, "A login in two places, of which one has a secret."),
    forgotten("copy.deepcopy.@.id", "A global of the module copy hides the builtin."),
    forgotten("isinstance", "A global of the module hides the builtin."),
    forgotten("_redact_path", "The module's own function is replaced."),
)


def _module() -> Any:
    return sys.modules[_skypilot.original(function("redact_sensitive_values")).__module__]


CALL = Call(({"db": "secret", "a": {"b": [1, (2, "x")]}, "c": [{"d": 1}]},))


def _of(name: str, value: Any, **options: Any) -> Callable[[], Any]:
    return replaced(f"{_module().__name__}.{name}", value, **options)


def _dispatched(kind: type) -> Any:
    return mock.patch.dict(copy._deepcopy_dispatch, {kind: lambda value, memo: kind()})  # type: ignore[attr-defined]


PATCHES: Patches = (
    ("deepcopy", replaced("copy.deepcopy", lambda config: {"a": 7})),
    ("how dicts are copied", lambda: _dispatched(dict)),
    ("how lists are copied", lambda: _dispatched(list)),
    ("id", replaced("copy.id", lambda one: 7, create=True)),
    ("isinstance", _of("isinstance", lambda one, of: False, create=True)),
    ("dict", _of("dict", lambda config: {"db": 7}, create=True)),
    ("list", _of("list", (int,), create=True)),
    ("_redact_path", _of("_redact_path", lambda node, path: None)),
    ("what a secret is replaced with", _of("REDACTED_VALUE", "***")),
)
