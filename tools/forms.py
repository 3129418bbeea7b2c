"""What a text of YAML, or what it loads to, has that natives leave to the originals."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By what characters show it, wherever they stand; a text that has them in a scalar alone may be answered all the same.
_BY_CHARACTERS = {
    "a tab": re.compile(r"\t"),
    "a line break that is no line feed": re.compile("[\r\x85\u2028\u2029]"),
    "a byte order mark": re.compile("\ufeff"),
    "what follows `---` on its line": re.compile(r"^--- +[^\s#]", re.M),
    "`?` before a key": re.compile(r"^[\s-]*\?\s", re.M),
}

_BY_TAG = {"timestamp": "a date", "merge": "a merge key", "value": "`=`"}

#: Numbers as plain YAML has them: of 64 bits, or with a point.
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,17}|0x[0-9a-fA-F]{1,15}|0b[01]{1,60}|0[0-7]{1,19}|\d*\.\d*([eE][-+]\d+)?)")

_RESOLVER = yaml.resolver.Resolver()


def of_text(text: str) -> set[str]:
    """Words for each form in a text that the natives which read YAML are known to decline.

    Args:
        text: a text that one of PyYAML's two parsers takes.
    """
    found = {form for form, characters in _BY_CHARACTERS.items() if characters.search(text)}
    try:
        found.update(_of_events(text))
    except yaml.YAMLError:
        found.add("what libyaml refuses")
    return found or {"another form"}


def _of_events(text: str) -> Iterator[str]:
    inside: list[Any] = []  # of each collection: how many nodes of a mapping there were, or None for a sequence
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            yield "a directive"
        elif isinstance(event, yaml.DocumentEndEvent) and event.explicit:
            yield "`...`"
        elif isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
        elif isinstance(event, yaml.NodeEvent):
            is_key = bool(inside) and inside[-1] is not None and inside[-1] % 2 == 0
            if inside and inside[-1] is not None:
                inside[-1] += 1
            yield from _of_node(event, is_key, not inside)
            if isinstance(event, yaml.CollectionStartEvent):
                inside.append(0 if isinstance(event, yaml.MappingStartEvent) else None)


def _of_node(event: Any, is_key: bool, is_root: bool) -> Iterator[str]:
    if isinstance(event, yaml.AliasEvent):
        yield "an alias"
        return
    if event.anchor:
        yield "an anchor"
    if event.tag:
        yield "a tag"
    if not isinstance(event, yaml.ScalarEvent):
        if is_key:
            yield "a key that is a collection"
        return
    if is_root and event.value:
        yield "a document that is a scalar"
    if event.implicit[0]:
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)).rpartition(":")[2]
        if tag in _BY_TAG:
            yield _BY_TAG[tag]
        elif tag in ("int", "float") and not _NUMBER.fullmatch(event.value):
            yield "a number of base 60, with `_`, not finite, or of more than 64 bits"


def of_tree(tree: Any) -> set[str]:
    """Words for each thing in a tree that the native which writes YAML is known to decline."""
    return set(_of_tree(tree, ())) or {"another form"}


def _of_tree(tree: Any, around: tuple[int, ...]) -> Iterator[str]:
    if id(tree) in around:
        yield "a collection inside itself"
    elif isinstance(tree, (dict, list, tuple)):
        if len(around) >= 100:
            yield "a deep nesting"
            return
        for part in (*tree, *tree.values()) if isinstance(tree, dict) else tree:
            yield from _of_tree(part, (*around, id(tree)))
    elif isinstance(tree, datetime.date):
        yield "a date"
    elif isinstance(tree, int) and not isinstance(tree, bool) and not -(2**63) <= tree < 2**63:
        yield "an int of more than 64 bits"
    elif not isinstance(tree, (str, int, float, type(None))):
        yield f"an object of the type {type(tree).__name__}"
