"""The command line, called as users call it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sky_rust
from sky_rust import _proof
from sky_rust.cli import _bench, _report
from sky_rust.cli._cases import Case
from sky_rust.cli._measure import measure
from sky_rust.testing import Call
from tests.conftest import trial_proofs
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
        timeout=280,
    )


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
    assert document["date"] in text
    assert "http" not in text  # the page is whole without a network


def test_bench_shows_who_answers() -> None:
    """A call that Python answers gives no figure of a native, so the bench fails."""
    ran = run("bench", "truncate_long_string", "--samples", "5", SKY_RUST_TRUNCATE_LONG_STRING="0")
    assert ran.returncode == 1
    words = "Python answered truncate_long_string: switched off by SKY_RUST_TRUNCATE_LONG_STRING=0"
    assert words in ran.stderr
    assert run("bench", "--json", SKY_RUST="0").returncode == 3
    assert run("bench", "no_such").returncode == 2
    assert run("bench", "--html", "/proc/nonexistent/page.html").returncode == 2  # before anything is measured


def test_the_page_is_green_only_where_it_is_certain() -> None:
    def row(label: str, low: float, median: float, high: float, **others: object) -> dict[str, Any]:
        side = {"median": 1e-6, "low": 1e-6, "high": 1e-6}
        ratio = {"low": low, "median": median, "high": high}
        found = {"function": "hash_file", "input": label, "same": True, "backend": "rust", "ratio": ratio}
        return {**found, "original": side, "native": side, **others}

    rows = [
        row("faster", 1.1, 1.5, 1.9),
        row("perhaps", 0.9, 1.5, 1.9),
        row("slower", 0.5, 0.7, 0.9),
        row("answered", 1.1, 1.5, 1.9, backend="python"),
        row("another", 1.1, 1.5, 1.9, same=False),
    ]
    others = {"date": "today", "versions": "v", "machine": "m", "hooks": "", "samples": 5, "declined": [], "memory": []}
    page = _bench._page({"rows": rows, **others}, ["Python answered it: why"])
    found = [re.search(rf'<td>{one["input"]}</td>\n<td class="chart (\w+)">', page) for one in rows]
    assert [one and one[1] for one in found] == ["fast", "even", "slow", "python", "slow"]
    assert page.count('<span class="mark">Python</span>') == 1
    assert "Python answered it: why" in page


def test_a_bench_checks_that_both_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("format_float", "a mock", Call((2.5,)))
    monkeypatch.setattr(sky_rust, "control", lambda name: lambda number, precision=1: "2.5000")
    assert not measure(case, samples=5).same


def test_a_call_that_raises_is_measured() -> None:
    row = measure(Case("check_no_duplicate_keys", "a duplicate", Call(("a: 1\na: 2\n",))), samples=5)
    assert row.same
    assert row.backend == "python"
    assert row.original.median > 0


def test_other_callables_are_measured_on_the_same_call() -> None:
    given = []
    row = measure(Case("format_float", "2.5, 3", Call((2.5, 3))), samples=5, others=(lambda *args: given.append(args),))
    assert set(given) == {(2.5, 3)}
    (other,) = row.others
    assert 0 < other.seconds.low <= other.seconds.median <= other.seconds.high
    assert 0 < other.over.low <= other.over.median <= other.over.high


@pytest.mark.parametrize("arguments", [("doctor",), ("bench", "base36_encode", "--samples", "5")], ids=lambda it: it[0])
def test_what_makes_named_calls_needs_no_hypothesis(arguments: tuple[str, ...]) -> None:
    code = "import sys; sys.modules['hypothesis'] = None; from sky_rust.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="only 3.11 keeps a first statement in Python")
def test_bench_says_what_python_answers_by_design() -> None:
    ran = run("bench", "truncate_long_string", "--samples", "5")
    assert ran.returncode == 1
    assert "Python answered truncate_long_string, a short string: on CPython 3.11 the first statement" in ran.stderr


def test_a_terminal_that_has_only_ascii() -> None:
    ran = run("bench", "read_last_n_lines", "--samples", "5", PYTHONIOENCODING="ascii")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.isascii()
    assert " us " in ran.stdout
    assert "\\x" not in ran.stdout
    assert "?" not in ran.stdout


def test_status() -> None:
    lines = run("status").stdout.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [[name, "rust"] for name in NAMES]


def test_status_and_doctor_as_json() -> None:
    status, doctor = (json.loads(run(command, "--json").stdout) for command in ("status", "doctor"))
    assert [(one["name"], one["backend"]) for one in status["functions"]] == [(name, "rust") for name in NAMES]
    assert status["problems"] == doctor["problems"] == []
    for document in (status, doctor):
        assert document["native"] is True
        assert document["folder"] == os.path.dirname(sky_rust.__file__)
    ran = run("doctor", "--json", SKY_RUST_HASH_FILE="0")
    assert ran.returncode == 1
    (problem,) = json.loads(ran.stdout)["problems"]
    assert problem == {"text": "switched off by SKY_RUST_HASH_FILE=0", "functions": ["hash_file"], "command": ""}


def unproven(folder: Path, *names: str) -> None:
    """Writes proofs of all functions but some."""
    trial_proofs(folder)
    path = folder / "sky-rust" / "proofs.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    for name in names:
        del found["proven"][name]
    path.write_text(json.dumps(found), encoding="utf-8")


@pytest.mark.skipif(bool(_proof.shipped().proven), reason="the shipped proofs have all functions")
def test_missing_proofs_have_one_command(tmp_path: Path) -> None:
    for count, words in (
        (1, "1 function is not proven here; `sky-rust verify --record base36_encode` proves it"),
        (5, "5 functions are not proven here; `sky-rust verify --record` proves them"),
    ):
        unproven(tmp_path, *NAMES[:count])
        for command in ("status", "doctor"):
            ran = run(command, XDG_CONFIG_HOME=str(tmp_path))
            assert words in ran.stdout
            assert ran.stdout.count("sky-rust verify") == 1


def test_reasons_of_the_same_kind_are_grouped() -> None:
    report = sky_rust.status()["hash_file"]._replace(backend="python")
    unproven = "SkyPilot 9: {} is not proven on x; `sky-rust verify --record {}` proves it here"
    reports = [
        report._replace(name="a", reason=unproven.format("a", "a")),
        report._replace(name="b", reason="switched off"),
        report._replace(name="c", reason=unproven.format("c", "c")),
        report._replace(name="d", reason="switched off"),
    ]
    assert _report.problems_of(reports) == [
        ("switched off", ["b", "d"], ""),
        ("2 functions are not proven here", ["a", "c"], "sky-rust verify --record a c"),
    ]


def test_the_reasons_are_in_the_form_that_is_grouped() -> None:
    from sky_rust._registry import function

    assert _report._PROVABLE.search(_proof._unproven(function("hash_file"), "no such fingerprint", "SkyPilot 9"))


def test_unreadable_proofs(tmp_path: Path) -> None:
    (tmp_path / "sky-rust" / "proofs.json").mkdir(parents=True)
    for command in ("doctor", "status"):
        ran = run(command, XDG_CONFIG_HOME=str(tmp_path))
        assert "Traceback" not in ran.stderr
        assert sky_rust.__version__ in ran.stdout


def test_a_native_that_is_required_and_cannot_be() -> None:
    ran = run("status", SKY_RUST="require", SKY_RUST_HASH_FILE="0")
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr


def test_doctor_names_what_a_checkout_hides(tmp_path: Path) -> None:
    (tmp_path / "sky_rust").mkdir()
    information = tmp_path / "sky_rust-0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: sky-rust\nVersion: 0\n", encoding="utf-8")
    folder = os.path.dirname(sky_rust.__file__)
    ran = run("doctor", PYTHONPATH=f"{os.path.dirname(folder)}{os.pathsep}{tmp_path}")
    assert f"imported from {folder}" in ran.stdout
    shadowed = json.loads(run("doctor", "--json", PYTHONPATH=f"{os.path.dirname(folder)}{os.pathsep}{tmp_path}").stdout)
    if shadowed["shadowed"] == str(tmp_path / "sky_rust"):  # else a real installation comes first
        assert f"this hides the installed one in {tmp_path / 'sky_rust'}" in ran.stdout
    else:
        assert sky_rust.__version__ in ran.stdout


def test_help_and_version() -> None:
    assert run("--version").stdout == f"sky-rust, version {sky_rust.__version__}\n"
    for command in ("bench", "demo", "status", "doctor"):
        assert command in run("--help").stdout
    assert run("no-such").returncode == 2
