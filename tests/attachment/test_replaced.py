"""Whatever there is under a function's name, `install` attaches all other functions, and says why not that one."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import sky.utils.common_utils as skys

import sky_rust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "base36_encode"  # the first of the registry: all others are behind it


class _Hostile:
    """An object each of whose attributes raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


class _Pretender:
    """An object that says that it is a function, as proxies do."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return types.FunctionType

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)


def wrapt(function: Callable[..., Any]) -> Any:
    wrapper = pytest.importorskip("wrapt").FunctionWrapper
    return wrapper(function, lambda wrapped, _, args, kwargs: wrapped(*args, **kwargs))


KINDS: dict[str, Callable[[Callable[..., Any]], Any]] = {
    "wrapt": wrapt,
    "pretender": _Pretender,
    "hostile": lambda _: _Hostile(),
    "mock": lambda _: mock.MagicMock(),
    "autospec": mock.create_autospec,
    "partial": functools.partial,
    "property": property,
    "class": lambda _: _Hostile,
    "builtin": lambda _: len,
    "none": lambda _: None,
    "lru_cache": functools.lru_cache,
    "method": lambda function: types.MethodType(function, "ff"),
    "other function": lambda _: KINDS["builtin"],
}


@pytest.fixture(autouse=True)
def _nothing_attached() -> Iterator[None]:
    sky_rust.uninstall()
    yield
    sky_rust.uninstall()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_others_are_attached(kind: str, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if when == "after":
        sky_rust.install()
    monkeypatch.setattr(skys, NAME, KINDS[kind](skys.base36_encode))
    if when == "after":
        assert "replaced since install()" in sky_rust.status()[NAME].reason
    for _ in range(2):
        sky_rust.install()
        status = sky_rust.status()
        assert {name for name, one in status.items() if one.backend != "rust"} == {NAME}
        assert "is not SkyPilot's own function at the moment" in status[NAME].reason
    if type(skys.base36_encode) is not types.FunctionType:
        with pytest.raises(ValueError, match="not SkyPilot's own function"):
            sky_rust.control(NAME)
    monkeypatch.undo()
    sky_rust.install()
    assert sky_rust.status()[NAME].backend == "rust"


def test_a_module_that_makes_what_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Module(types.ModuleType):
        @property
        def base36_encode(self) -> Any:
            raise RuntimeError

    sky_rust.install()
    monkeypatch.setattr(skys, "__class__", Module)
    assert "replaced since install()" in sky_rust.status()[NAME].reason
    sky_rust.install()
    status = sky_rust.status()
    assert {name for name, one in status.items() if one.backend != "rust"} == {NAME}
    assert status[NAME].reason == "sky.utils.common_utils.base36_encode can't be looked up (RuntimeError)"


def test_a_mirror_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skys, NAME, _Pretender(skys.base36_encode))
    monkeypatch.delitem(sys.modules, "sky_rust.utils.common_utils", raising=False)
    assert importlib.import_module("sky_rust.utils.common_utils").base36_encode is skys.base36_encode
    assert sky_rust.status()["hash_file"].backend == "rust"


def test_require_attaches_the_others_too() -> None:
    code = """
import sky_rust
import sky.utils.common_utils as skys
skys.base36_encode = len
try:
    sky_rust.install("base36_encode", "hash_file")
except ImportError as error:
    print(error)
print(sky_rust.status()["hash_file"].backend)
"""
    environment = {**os.environ, "SKY_RUST": "require"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "base36_encode can't run natively" in ran.stdout
    assert ran.stdout.endswith("rust\n")
