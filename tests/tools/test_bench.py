"""`tools/bench.py`: the goals and the floors with which developers compare natives."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import sky_rust
from sky_rust import _native
from sky_rust.cli import _report
from sky_rust.cli._cases import answered, declined
from tests.functions import NAMES

TOOLS = Path(__file__).parents[2] / "tools"

needs_floors = pytest.mark.skipif(
    not hasattr(_native, "floor"), reason="the compiled module was built without the cargo feature `developer`"
)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tool as a module."""
    monkeypatch.syspath_prepend(TOOLS)
    yield importlib.import_module("bench")
    for name in ("bench", "goals"):
        sys.modules.pop(name, None)


def run(*options: str, **environment: str) -> str:
    """What the tool prints about one function."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", TOOLS / "bench.py", "format_float", "--samples", "5", *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@needs_floors
def test_a_terminal_that_has_only_ascii() -> None:
    shown = run(PYTHONIOENCODING="ascii")
    assert shown.isascii()
    assert "+-" in shown
    assert "\\x" not in shown


@needs_floors
def test_what_it_says(bench: Any) -> None:
    document = json.loads(run("--json"))
    assert [row["input"] for row in document["rows"]] == [case.input for case in answered(["format_float"], large=True)]
    for row in document["rows"]:
        assert row["goal"] == bench.GOALS["format_float", row["input"]]
        assert row["met"] == (round(row["ratio"]["median"], 2) >= round(row["goal"], 2))
        for side in ("floor", "over_floor"):
            assert 0 < row[side]["low"] <= row[side]["median"] <= row[side]["high"]
    assert [row["goal"] for row in document["declined"]] == [bench.DECLINED]


@needs_floors
def test_a_row_may_have_neither_goal_nor_floor(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_floor(name: str, answer: object) -> None:
        raise ValueError(f"there is no floor under {name}")

    monkeypatch.setattr(bench, "GOALS", {})
    monkeypatch.setattr(_native, "floor", no_floor)
    console = bench.Console(file=io.StringIO())
    figures = bench._bench.measure_all(["base36_encode"], samples=5, console=console, others=bench.floors)
    for row in bench.document_of(figures)["rows"]:
        assert row["goal"] is row["met"] is row["floor"] is row["over_floor"] is None
    bench.show(console, figures)
    assert "an MD5 digest" in console.file.getvalue()


def test_a_build_without_floors_is_named(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_native, "floor", raising=False)
    ran = CliRunner().invoke(bench.main, ["format_float"])
    assert ran.exit_code == 1
    assert "build it with the cargo feature `developer`" in ran.output


def test_every_goal_is_one_of_a_call_that_natives_answer(bench: Any) -> None:
    assert set(bench.GOALS) <= {(case.function, case.input) for case in answered(NAMES, large=True)}


@needs_floors
def test_a_floor_does_the_same_work_as_its_function(bench: Any) -> None:
    _report.load()
    for case in answered(NAMES, large=False):
        for floor in bench.floors(case):
            with case.call.world():
                answer = case.call(sky_rust.control(case.function))
                found = case.call(floor)
            assert type(found) is type(answer)
            if case.function == "hash_file":
                assert found.name == answer.name
                assert found.digest() == answer.digest() or "MiB" in case.input  # the floor rehashes its beginning
            elif case.function != "get_mem_size_gb":
                assert found == answer


@needs_floors
def test_a_floor_is_for_calls_like_its_functions() -> None:
    with pytest.raises(ValueError, match="no floor under no_such"):
        _native.floor("no_such", 1)
    floor = _native.floor("hash_file", None)
    for wrong in ((), (1, 2), ("/proc/nonexistent", "md5")):
        with pytest.raises(RuntimeError, match="no floor under such a call"):
            floor(*wrong)


def test_labels_are_told_apart() -> None:
    for cases in (answered(NAMES, large=True), declined(NAMES)):
        labels = [(case.function, case.input) for case in cases]
        assert len(labels) == len(set(labels))
