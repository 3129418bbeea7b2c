"""`tools/performance.py`: both pages' tables, from reports."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The tool as a module, with copies of the pages."""
    monkeypatch.syspath_prepend(TOOLS)
    module: Any = importlib.import_module("performance")
    for name in ("PAGE", "NOTES"):
        copy = tmp_path / getattr(module, name).name
        copy.write_bytes(getattr(module, name).read_bytes())
        monkeypatch.setattr(module, name, copy)
    yield module
    sys.modules.pop("performance", None)


def row(function: str, label: str, ratio: float, **others: Any) -> dict[str, Any]:
    def spread(value: float) -> dict[str, float]:
        return {"median": value, "low": value, "high": value}

    sides = {"original": spread(4e-7), "native": spread(1e-7), "ratio": spread(ratio)}
    floors = {"floor": spread(5e-8), "over_floor": spread(2.0), "goal": 3, "met": ratio >= 3}
    return {"function": function, "input": label, **sides, **floors, **others}


def report(tool: Any, python: str, ratio: float) -> dict[str, Any]:
    parts: dict[str, list[dict[str, Any]]] = {"rows": [], "declined": []}
    for _, part, function, label in tool.DISPATCH:
        parts[part].append(row(function, label, ratio))
    parts["rows"].append(
        row("made_up", "neither goal nor floor", ratio, floor=None, over_floor=None, goal=None, met=None)
    )
    memory = [{"function": "made_up", "input": "large", "original": 2048, "native": 1024}]
    return {
        "python": f"{python}.1",
        "versions": "versions",
        "machine": "machine",
        "hooks": "",
        "memory": memory,
        **parts,
    }


def written(tool: Any, tmp_path: Path, *reports: dict[str, Any]) -> Any:
    files = []
    for number, one in enumerate(reports):
        files.append(tmp_path / f"report-{number}.json")
        files[-1].write_text(json.dumps(one))
    return CliRunner().invoke(tool.main, list(map(str, files)))


def test_both_pages_are_written(tool: Any, tmp_path: Path) -> None:
    before = tool.PAGE.read_text(), tool.NOTES.read_text()
    reports = [report(tool, "3.12", 2.5), report(tool, "3.12", 3.5), report(tool, "3.9", 4.5)]
    ran = written(tool, tmp_path, *reports)
    assert ran.exit_code == 0, ran.output
    page, notes = tool.PAGE.read_text(), tool.NOTES.read_text()
    assert (
        "| `format_float` | 3.14159, 2 | 3 | 3.00 (2.50-3.50) | 1/2 | 400 ns | 100 ns | 50 ns | 2.00 | 8.00 |" in page
    )
    assert "| `made_up` | neither goal nor floor |  | 3.00 (2.50-3.50) |  | 400 ns | 100 ns |  |  |  |" in page
    assert "2 runs. versions; machine." in page
    assert "| function | input | 3.9 | 3.12 |" in notes
    assert "| `made_up` | neither goal nor floor | 4.50 | 3.00 |" in notes
    assert "| declined: `format_float`, an int of 31 digits | alone | 400 ns | 400 ns |" in notes
    assert "| `made_up` | large | 2 KiB | 1 KiB |" in notes
    for was, now in zip(before, (page, notes)):  # nothing but tables has changed
        assert [line for line in now.splitlines() if line[:1].isupper() or line[:2] in ("- ", "<!", "##")] == [
            line for line in was.splitlines() if line[:1].isupper() or line[:2] in ("- ", "<!", "##")
        ]


def test_the_python_of_the_goals_is_needed(tool: Any, tmp_path: Path) -> None:
    before = tool.PAGE.read_text()
    ran = written(tool, tmp_path, report(tool, "3.9", 4.5))
    assert ran.exit_code == 2
    assert "there is no report of Python 3.12, which the goals are for" in ran.output
    assert tool.PAGE.read_text() == before


def test_each_page_has_its_markers(tool: Any) -> None:
    for page, names in ((tool.PAGE, ["goals"]), (tool.NOTES, ["pythons", "dispatch", "memory"])):
        text = page.read_text(encoding="utf-8")
        assert [text.count(f"<!-- {name} -->\n") for name in names] == [1] * len(names)
        assert [text.count(f"<!-- end of {name} -->\n") for name in names] == [1] * len(names)
