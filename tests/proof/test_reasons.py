"""Where the code that runs can't be known by a source, the reason says what is the case."""

from __future__ import annotations

import compileall
from typing import TYPE_CHECKING

import pytest

from tests.proof.test_withdrawal import REPORT, Copy, copy

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["copy"]  # a fixture

#: An import hook that puts a statement into every function of some modules, as typeguard does and coverage tools do.
INSTRUMENTED = """
import ast, importlib.util, sys
from importlib.machinery import PathFinder, SourceFileLoader
class Instrumenting(SourceFileLoader):
    def get_code(self, fullname):
        tree = ast.parse(self.get_data(self.path))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.body[1:1] = ast.parse("__name__").body
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)
class Finder:
    def find_spec(fullname, path=None, target=None):
        if fullname != "sky.utils.common_utils":
            return None
        spec = PathFinder.find_spec(fullname, path)
        spec.loader = Instrumenting(spec.loader.name, spec.loader.path)
        return spec
sys.meta_path.insert(0, Finder)
"""

TYPEGUARD = """
from typeguard import install_import_hook
install_import_hook("sky.utils.common_utils")
"""


@pytest.mark.parametrize(
    ("hook", "loader"),
    [(INSTRUMENTED, "__main__.Instrumenting"), (TYPEGUARD, "typeguard._importhook.TypeguardLoader")],
    ids=["own", "typeguard"],
)
def test_a_hook_that_instruments_what_is_imported(copy: Copy, hook: str, loader: str) -> None:
    if "typeguard" in loader:
        pytest.importorskip("typeguard")
    status = copy.status(hook + REPORT)
    backend, reason = status["format_float"]
    assert backend == "python"
    assert "sky/utils/common_utils.py runs as other code than its source: it was imported by a hook, " in reason
    assert reason.endswith(f"{loader}, and natives need it without")
    assert ".pyc" not in reason
    assert status["human_duration"][0] == "rust"
    assert reason.partition(":")[0].startswith("SkyPilot ")


def without_source(folder: Path) -> None:
    for name in ("common_utils", "subprocess_utils", "log_utils"):
        path = folder / "sky" / "utils" / f"{name}.py"
        assert compileall.compile_file(path, quiet=1, legacy=True)
        path.unlink()


def test_skypilot_without_sources(copy: Copy) -> None:
    without_source(copy.folder)
    status = copy.status()
    for module, name in (("common_utils", "format_float"), ("log_utils", "human_duration")):
        backend, reason = status[name]
        assert backend == "python"
        assert f"sky.utils.{module} has no source: it was imported from compiled code, " in reason
        assert reason.endswith(f"/sky/utils/{module}.pyc; natives need a SkyPilot with its sources")
    said = copy.run("-m", "sky_rust.cli", "doctor").stdout
    assert said.count("common_utils has no source") == 1  # and not once a function
