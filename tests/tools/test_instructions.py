"""`tools/instructions.py`: the calls that it counts depend on no process and no folder."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from sky_rust.testing import _yaml
from tests.functions import NAMES, reference

TOOLS = Path(__file__).parents[2] / "tools"

#: Expressions that have the same value in every process.
FIXED = (ast.Constant, ast.Dict, ast.BinOp, ast.operator, ast.keyword, ast.Load, ast.Attribute, ast.Name, ast.Call)


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tool as a module."""
    monkeypatch.syspath_prepend(TOOLS)
    yield importlib.import_module("instructions")
    sys.modules.pop("instructions", None)


def test_calls_are_the_same_in_every_process_and_folder(tool: Any) -> None:
    for code in tool.CALLS:
        call = ast.parse(code, mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        assert call.func.id in NAMES
        for argument in (*call.args, *call.keywords):
            for node in ast.walk(argument):
                assert isinstance(node, FIXED), code
                assert not isinstance(node, ast.Name) or node.id == "_yaml", code
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    assert not node.value.startswith(("/", "~")), code


def test_the_folder_has_what_the_calls_read(tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tool.fill(tmp_path)
    results = {code: eval(code, {"_yaml": _yaml, **{name: reference(name) for name in NAMES}}) for code in tool.CALLS}
    assert len(results["read_last_n_lines('log', 10)"]) == 10
    assert results["estimate_fd_for_directory('directory')"] > 5
    assert results["is_process_alive(1)"]
