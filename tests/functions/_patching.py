"""Ways to replace an object that an original looks up, for the `PATCHES` of each function's file.

Each of `PATCHES` is a pair: words for the object, and a function that makes the context in which it is replaced. `CALL`
is the call whose result has to follow the replacement.
"""

from __future__ import annotations

import contextlib
import logging
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

Patches = tuple[tuple[str, Callable[[], Any]], ...]


def replaced(target: str, value: Any = None, **options: Any) -> Callable[[], Any]:
    """`mock.patch(target, ...)`: by default with a spy on the object that was there."""
    if value is None and not options:
        return lambda: spied(target)
    return lambda: mock.patch(target, value, **options) if value is not None else mock.patch(target, **options)


@contextlib.contextmanager
def spied(target: str) -> Iterator[None]:
    """Puts a mock at `target` that calls the object that was there."""
    path, name = target.rsplit(".", 1)
    owner = pkgutil.resolve_name(path)
    original = getattr(owner, name)
    with mock.patch.object(owner, name, side_effect=original, wraps=original):
        yield


def swapped(target: str, other: str) -> Any:
    """Puts the object from `other` at `target`."""
    return mock.patch(target, pkgutil.resolve_name(other))


@contextlib.contextmanager
def given_code(target: str, other: str) -> Iterator[None]:
    """Gives the function at `target` the code of another one, and its own back."""
    function = pkgutil.resolve_name(target)
    code = function.__code__
    function.__code__ = pkgutil.resolve_name(other).__code__
    try:
        yield
    finally:
        function.__code__ = code


@contextlib.contextmanager
def attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute that the owner may not have had in its own dict."""
    with mock.patch.object(owner, name, value, create=True):
        yield


@contextlib.contextmanager
def deleted(owner: Any, name: str) -> Iterator[None]:
    """Deletes an attribute, and sets it again at the end."""
    value = getattr(owner, name)
    delattr(owner, name)
    try:
        yield
    finally:
        setattr(owner, name, value)


def lazy_psutil() -> Any:
    """SkyPilot's object that imports psutil when it is first used."""
    from sky.utils import common_utils

    return common_utils.psutil


def logger_of(module: str) -> logging.Logger:
    """The logger of a module of SkyPilot's."""
    return logging.getLogger(f"sky.utils.{module}")
