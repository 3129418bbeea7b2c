"""`sky-rust bench --workloads`: SkyPilot's own code paths, with natives and without."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sky_rust.cli import _workloads
from sky_rust.cli._workloads import WORKLOADS, Figures
from tests.cli.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", [name for name, workload in WORKLOADS.items() if workload.gains])
def test_natives_answer_in_every_workload(name: str) -> None:
    figures = _workloads.measure(name, rounds=1)
    assert not figures.trouble
    assert figures.answers > 0
    assert figures.original > 0
    assert figures.native > 0


def test_a_workload_that_fails_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORKLOADS, "no-such", WORKLOADS["chain"])  # the process of its own doesn't know it
    figures = _workloads.measure("no-such", rounds=1)
    assert "KeyError: 'no-such'" in figures.trouble
    assert figures.ratio == 0


def test_a_workload_without_natives_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKY_RUST", "0")
    assert "no native answered" in _workloads.measure("submission", rounds=1).trouble


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of which one is missing, in the place of measurements."""

    def measure(name: str, *, rounds: int) -> Figures:
        if name == "table":
            return Figures(WORKLOADS[name].what, trouble="<it> failed")
        return Figures(WORKLOADS[name].what, original=0.4, native=0.1, answers=3)

    monkeypatch.setattr(_workloads, "measure", measure)


@pytest.mark.usefixtures("measured")
def test_the_figures_are_a_table_a_document_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    page = tmp_path / "page.html"
    with page.open("w", encoding="utf-8") as html:
        assert _workloads.run(as_json=True, html=html) == 1  # one is missing
    rows = {row["what"]: row for row in json.loads(capsys.readouterr().out)["workloads"]}
    assert rows[WORKLOADS["request"].what]["ratio"] == 4
    assert rows[WORKLOADS["table"].what]["trouble"] == "<it> failed"
    text = page.read_text(encoding="utf-8")
    assert text.count("4.00 times as fast") == len(WORKLOADS) - 1
    assert text.count('width:25.0%"') == len(WORKLOADS) - 1
    assert "Not measured: &lt;it&gt; failed" in text

    assert _workloads.run(as_json=False, html=None) == 1
    out, err = capsys.readouterr()
    lines = [line.split() for line in out.splitlines()]
    assert [*WORKLOADS["request"].what.split(), "400", "ms", "100", "ms", "4.00"] in lines
    assert [*WORKLOADS["table"].what.split(), "not", "measured"] in lines
    assert f"{WORKLOADS['table'].what}: <it> failed" in err


def test_workloads_and_functions_are_two_things() -> None:
    ran = run("bench", "--workloads", "hash_file")
    assert ran.returncode == 2
    assert "no single functions" in ran.stderr
