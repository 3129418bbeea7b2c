"""Ways to change PyYAML's classes of loaders and dumpers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.functions._patching import attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def on_class(name: str, key: str, value: Any) -> Callable[[], Any]:
    """Sets an attribute on the class of that name, which hides the one that it inherits."""

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        import yaml

        with attribute(getattr(yaml, name), key, value):
            yield

    return patch


def on_tables(name: str, register: Callable[[Any], None]) -> Callable[[], Any]:
    """Registers something on the class of that name, which gets tables of its own for that."""

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        import yaml

        owner = getattr(yaml, name)
        before = set(vars(owner))
        register(owner)
        try:
            yield
        finally:
            for key in set(vars(owner)) - before:
                delattr(owner, key)

    return patch


def in_table(name: str, table: str, key: Any, value: Any) -> Callable[[], Any]:
    """Puts an entry into a table that the class of that name inherits."""

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        import yaml

        with mock.patch.dict(getattr(getattr(yaml, name), table), {key: value}):
            yield

    return patch
