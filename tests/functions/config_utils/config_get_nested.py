"""Wrong natives of `Config.get_nested`, and patches of what it looks up."""

from __future__ import annotations

import copy
from typing import Any
from unittest import mock

from sky_rust.testing import Call
from sky_rust.testing._configurations import config_class
from tests.functions._faults import Fault, forgotten, leaking, without_pauses
from tests.functions._patching import Patches, attribute, replaced

_TREE = "rust/src/natives/config_utils/tree.rs"

FAULTS = (
    Fault("value", "arguments.object(3).is_none()", "true", shows="An override."),
    Fault("type", "config.get_type().is(&class)", "true", shows="An instance of a subclass, of which all is wanted."),
    Fault(
        "type",
        "attributes_of(&config).is_none_or(|own| own.is_empty())",
        "true",
        shows="A configuration with an attribute of its own, which its copy has as well.",
    ),
    Fault("world", "fits(py, all.depth)", "true", shows="Ten calls left."),
    Fault(
        "value",
        "wanted.node(object, 1)?",
        "return Ok(object)",
        shows="A subtree: the caller would get the configuration's own.",
    ),
    Fault("size", "all.entries(root, 1)?", "0", shows="A set anywhere in the configuration."),
    Fault(
        "type",
        "!matches!(builtin, Builtin::Dict(_) | Builtin::List(_) | Builtin::Tuple(_))",
        "!matches!(builtin, Builtin::Dict(_) | Builtin::List(_))",
        _TREE,
        "A tuple as a key, with something in it that would be copied.",
    ),
    Fault("value", "is_held_elsewhere(object)", "false", _TREE, "Sharing."),
    Fault(
        "size",
        "depth < DEEPEST",
        "depth < 2 * DEEPEST",
        _TREE,
        "A nesting of 130.",
        "the limit is for our own stack: the answers are right beyond it",
    ),
    Fault(
        "value",
        "original.iter().zip(&items).all(|(own, copy)| own.is(copy))",
        "original.is_empty() || items.is_empty()",
        _TREE,
        "A tuple of scalars, which the copy has itself.",
    ),
    Fault("value", "*shared = Some(copy.clone())", "()", _TREE, "An object in two places."),
    Fault(
        "size",
        "*length = count",
        "*length = count.max(*length)",
        _TREE,
        "A list that a handler of a signal shortens before its turn comes.",
        "a signal only ends a long call: tests/worlds/test_changing_trees.py changes the tree",
    ),
    without_pauses("Ctrl-C in a copy of a million lists."),
    Fault(
        "reference",
        "into.set(&key, &self.node()?)?",
        f"into.set(&key, &{leaking('self.node()?')})?",
        _TREE,
        "Each call leaves the values of its dicts.",
    ),
    Fault(
        "memory",
        "items.try_reserve_exact(count).or_memory_error(self.py)?",
        "std::mem::forget(std::hint::black_box(Vec::<u8>::with_capacity(64 + count)))",
        _TREE,
        "Each list leaves some bytes.",
    ),
    forgotten("copy.deepcopy.@.getattr", "A global of the module copy hides the builtin."),
    forgotten("copy.deepcopy.@._deepcopy_dispatch", "Dicts are copied in another way.", "it replaces no data"),
    forgotten("_get_nested", "The module's own function is replaced."),
)


CALL = Call((config_class()({"a": {"b": [1, (2, "x")]}}), ("a",), None))


def _dispatched(kind: type) -> Any:
    return mock.patch.dict(copy._deepcopy_dispatch, {kind: lambda value, memo: kind()})  # type: ignore[attr-defined]


PATCHES: Patches = (
    ("deepcopy", replaced("copy.deepcopy", lambda config: {"a": 7})),
    ("how dicts are copied", lambda: _dispatched(dict)),
    ("how lists are copied", lambda: _dispatched(list)),
    ("how ints are copied", lambda: _dispatched(int)),
    ("how configurations are copied", lambda: _dispatched(config_class())),
    (
        "how configurations are pickled",
        lambda: mock.patch.dict("copyreg.dispatch_table", {config_class(): lambda it: "a"}),
    ),
    ("__deepcopy__", lambda: attribute(config_class(), "__deepcopy__", lambda self, memo: {"a": 7})),
    ("__reduce_ex__", lambda: attribute(config_class(), "__reduce_ex__", lambda self, protocol: (dict, ()))),
    ("__setitem__", lambda: attribute(config_class(), "__setitem__", lambda self, key, value: None)),
    ("items", lambda: attribute(config_class(), "items", lambda self: iter(()))),
    ("__newobj__", replaced("copyreg.__newobj__", lambda cls, *args: {"b": 1})),
    ("_reconstruct", replaced("copy._reconstruct", lambda *args: {"a": 7})),
    ("id", replaced("copy.id", lambda one: 7, create=True)),
    ("isinstance", replaced(f"{config_class().__module__}.isinstance", lambda one, of: False, create=True)),
    ("_get_nested", replaced(f"{config_class().__module__}._get_nested", lambda *args, **kwargs: 7)),
)
