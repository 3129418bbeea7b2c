"""The command line, called as users call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import sky_rust
from sky_rust.cli._cases import Case, answered
from sky_rust.cli._measure import measure
from sky_rust.testing import Call
from tests.functions import NAMES

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "sky_rust.cli", *arguments],
        env={**os.environ, "COLUMNS": "160", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_demo() -> None:
    ran = run("demo")
    assert ran.returncode == 0, ran.stderr
    rows = [line for line in ran.stdout.splitlines() if " rust " in line or " python " in line]
    assert len(rows) == len(answered(NAMES, large=False))
    assert all(" yes " in row for row in rows)
    # On 3.11 a short string stays in Python: the original takes less than a call of any native.
    in_python = [row for row in rows if " rust " not in row]
    assert len(in_python) == (1 if sys.version_info[:2] == (3, 11) else 0), in_python
    assert all("a short string" in row for row in in_python)
    assert set(NAMES) <= set(ran.stdout.split())


def test_demo_in_python() -> None:
    ran = run("demo", SKY_RUST="0")
    assert ran.returncode == 0, ran.stderr
    assert " rust " not in ran.stdout
    assert "In Python: switched off by SKY_RUST=0" in ran.stdout


def test_bench(tmp_path: Path) -> None:
    page = tmp_path / "bench.html"
    ran = run("bench", "format_float", "read_last_n_lines", "--samples", "5", "--json", "--html", str(page))
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert {row["function"] for row in document["rows"]} == {"format_float", "read_last_n_lines"}
    for row in document["rows"]:
        assert row["same"]
        assert row["backend"] == "rust"
        for side in ("original", "native", "ratio"):
            assert 0 < row[side]["low"] <= row[side]["median"] <= row[side]["high"]
    assert [row["backend"] for row in document["declined"]] == ["python", "python"]
    assert {row["input"] for row in document["memory"]} == {"15 MB log, n=1,000", "15 MB log, n=100,000"}
    text = page.read_text(encoding="utf-8")
    assert all(row["input"] in text for row in document["rows"] + document["declined"])
    assert document["versions"] in text
    assert "http" not in text  # the page is whole without a network


def test_bench_shows_who_answers() -> None:
    """A call that Python answers gives no figure of a native, so the bench fails."""
    ran = run("bench", "truncate_long_string", "--samples", "5", SKY_RUST_TRUNCATE_LONG_STRING="0")
    assert ran.returncode == 1
    assert run("bench", "--json", SKY_RUST="0").returncode == 1
    assert run("bench", "no_such").returncode == 2
    assert run("bench", "--html", "/nonexistent/page.html").returncode == 2  # before anything is measured


def test_a_bench_checks_that_both_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("format_float", "a mock", Call((2.5,)))
    monkeypatch.setattr(sky_rust, "control", lambda name: lambda number, precision=1: "2.5000")
    assert not measure(case, samples=5).same


def test_other_callables_are_measured_on_the_same_call() -> None:
    given = []
    row = measure(Case("format_float", "2.5, 3", Call((2.5, 3))), samples=5, others=(lambda *args: given.append(args),))
    assert set(given) == {(2.5, 3)}
    (other,) = row.others
    assert 0 < other.seconds.low <= other.seconds.median <= other.seconds.high
    assert 0 < other.over.low <= other.over.median <= other.over.high


@pytest.mark.parametrize("arguments", [("demo",), ("bench", "base36_encode", "--samples", "5")], ids=lambda it: it[0])
def test_what_measures_needs_no_hypothesis(arguments: tuple[str, ...]) -> None:
    code = "import sys; sys.modules['hypothesis'] = None; from sky_rust.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_status() -> None:
    lines = run("status").stdout.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [[name, "rust"] for name in NAMES]


@pytest.mark.parametrize(
    ("value", "code", "words"), [("1", 0, f"all {len(NAMES)} functions"), ("0", 1, "switched off by SKY_RUST=0")]
)
def test_doctor(value: str, code: int, words: str) -> None:
    ran = run("doctor", SKY_RUST=value)
    assert ran.returncode == code
    assert words in ran.stdout


def test_help_and_version() -> None:
    assert run("--version").stdout == f"sky-rust, version {sky_rust.__version__}\n"
    for command in ("bench", "demo", "status", "doctor"):
        assert command in run("--help").stdout
    assert run("no-such").returncode == 2
