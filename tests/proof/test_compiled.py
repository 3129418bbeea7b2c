"""The code that runs is compared with what the source compiles to, not with the import system's cache."""

from __future__ import annotations

import compileall
import importlib
import os
import py_compile
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sky_rust import _compiled
from tests.proof.test_withdrawal import Copy, copy, in_python

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["copy"]  # a fixture


@pytest.mark.parametrize("how", ["unchecked hash", "same size and time"])
def test_a_pyc_of_other_code(copy: Copy, how: str) -> None:
    """The process imports what somebody compiled before the source was edited, so to speak."""
    path = copy.folder / "sky" / "utils" / "common_utils.py"
    text = path.read_text()
    others = text.replace("f'{num:.{precision}f}'", "f'{num:.{precision}g}'")
    assert others != text
    assert len(others) == len(text)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_text(others)
    os.utime(path, ns=times)
    mode = py_compile.PycInvalidationMode
    chosen = mode.UNCHECKED_HASH if how == "unchecked hash" else mode.TIMESTAMP
    assert compileall.compile_file(path, quiet=1, force=True, invalidation_mode=chosen)
    path.write_text(text)
    os.utime(path, ns=times)
    status = copy.status()
    assert "format_float" in in_python(status)
    assert "sky/utils/common_utils.py is not what was imported from it" in status["format_float"][1]
    assert "human_duration" not in in_python(status)  # its file is what runs


SOURCE = '''"""A module.
def inside(): "of its docstring"
"""
import functools

def plain(x):
    return helper(x) + sum([x for _ in range(3)])


def helper(
    x,
):
# At the first column.
    """Doc
string."""
    return \\
x


@functools.lru_cache(
)
@functools.wraps(plain)
def decorated(x):
    return (lambda: x)()


def wrapper(f):
    @functools.wraps(f)
    def call(x):
        return f(x)
    return call


@wrapper
def wrapped(x):
    return Class().method(x)


class Class:
    value = 3

    def method(self, x):
        return self.__private(x)

    def __private(self, x):
        return __class__, functools.partial(x)

    @property
    def double(self):
        return 2

    @classmethod
    def make(cls):
        return cls()


try:
    def under():
        return 1
except ImportError:
    def under():
        return 2

last = lambda: plain(1)
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    (tmp_path / "compiled_module.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("compiled_module")
    del sys.modules["compiled_module"]


#: function -> an edit of what it, or what it reaches, is made of.
EDITS = {
    "plain": ("range(3)", "range(4)"),
    "helper": ("\\\nx", "\\\n7"),
    "under": ("return 1", "return 8"),
    "wrapped": ("return 2\n\n    @classmethod", "return 3\n\n    @classmethod"),
    "last": ("string.", "strinG."),
}


@pytest.mark.parametrize("future", ["", "from __future__ import annotations"])
@pytest.mark.parametrize("name", EDITS)
def test_every_kind_of_definition(module: types.ModuleType, name: str, future: str) -> None:
    path = Path(str(module.__file__))
    text = SOURCE.replace("import functools", f"{future}\nimport functools" if future else "import functools")
    path.write_text(text + "#")
    module = importlib.reload(module)
    assert _compiled.changed_file(getattr(module, name), "compiled_module") == ""
    old, new = EDITS[name]
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    assert _compiled.changed_file(getattr(module, name), "compiled_module") == str(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("decorated", {"plain", "helper"}), ("Class", {"Class.method", "Class.make", "Class.double"})],
)
def test_definitions_that_others_reach(module: types.ModuleType, name: str, expected: set[str]) -> None:
    code = compile(f"def caller(): return {name}", str(module.__file__), "exec")
    exec(code, module.__dict__)
    reached = {one.__qualname__ for one in _compiled._reached(module.__dict__["caller"], "compiled_module")}
    assert reached >= expected


def test_a_type_of_constant_counts(module: types.ModuleType) -> None:
    path = Path(str(module.__file__))
    path.write_text(SOURCE.replace("return 1\n", "return 1.0\n"))
    assert _compiled.changed_file(module.__dict__["under"], "compiled_module") == str(path)
