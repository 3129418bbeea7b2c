"""Trees that a handler of a signal changes while natives go through them: the original could have given the answer."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust.testing._configurations import config_class
from tests.functions import candidate
from tests.worlds.test_signals import every

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")

NAMES = ["dump_yaml_str", "Config.get_nested", "redact_sensitive_values"]

#: How long the list is that a tree begins with. To go through it takes some milliseconds: changes come meanwhile.
MANY = 500_000


def _tree(name: str, **entries: Any) -> Any:
    return entries if name == "dump_yaml_str" else config_class()(entries)


def _result(name: str, tree: Any) -> Any:
    """What the function makes of all of a tree."""
    return candidate(name)(tree, *(((), None) if name == "Config.get_nested" else ()))


def _told_apart(result: Any) -> tuple[int, Any]:
    """The length of the long list in a result, and all that follows it."""
    if isinstance(result, str):
        return result.count("- 0.5\n"), result.replace("- 0.5\n", "")
    return len(result["numbers"]), {key: value for key, value in result.items() if key != "numbers"}


def _handle(change: Callable[[Any], None], tree: Any, *_: object) -> None:
    change(tree)


def _shorter(tree: Any) -> None:
    del tree["numbers"][MANY // 2 :]


def _longer(tree: Any) -> None:
    tree["numbers"].extend([0.5] * MANY)


def _more_entries(tree: Any) -> None:
    tree["more"] = [1]


def _fewer_entries(tree: Any) -> None:
    tree.pop("last", None)


def _other_items(tree: Any) -> None:
    tree["later"]["list"][0] = {"new": ()}
    tree["later"]["more"] = None


@pytest.mark.parametrize("change", [_shorter, _longer, _more_entries, _fewer_entries, _other_items])
@pytest.mark.parametrize("name", NAMES)
def test_a_tree_changes_once(name: str, change: Callable[[Any], None]) -> None:
    for seconds in (0.0005, 0.001, 0.002, 0.004, 0.008):
        tree = _tree(name, numbers=[0.5] * MANY, later={"list": [1, 2]}, last="text")
        before = _result(name, copy.deepcopy(tree))
        with every(seconds, functools.partial(_handle, change, tree), once=True):
            result = _result(name, tree)
        change(tree)
        lengths, rest = zip(*map(_told_apart, (before, _result(name, tree))))
        length, following = _told_apart(result)
        assert min(lengths) <= length <= max(lengths)
        assert following in rest


@pytest.mark.parametrize("name", NAMES)
def test_what_was_met_is_replaced(name: str) -> None:
    """Collections that are gone from the tree are not taken for new ones that have got their addresses."""

    def several() -> list[Any]:
        return [[pair, pair] for pair in ([at] for at in range(50_000))]

    tree = _tree(name, several=several())
    expected = _result(name, tree)

    def handler(*_: object) -> None:
        tree["several"][:] = several()

    for seconds in (0.0005, 0.001, 0.002, 0.004, 0.008):
        with every(seconds, handler, once=True):
            result = _result(name, tree)
        assert result == expected
        if name != "dump_yaml_str":
            assert all(first is second for first, second in result["several"])
