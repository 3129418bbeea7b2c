"""`sky-rust demo`. What workloads take is made up here: `test_workloads.py` measures them."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _cases, _demo, _measure, _workloads
from sky_rust.cli._workloads import WORKLOADS, Figures
from sky_rust.testing import Call
from tests.cli.test_cli import run
from tests.functions import NAMES

#: Runs the command line without Hypothesis, and with figures in the place of measurements.
CODE = """
import sys
sys.modules["hypothesis"] = None
from sky_rust.cli import _workloads, main
_workloads.measure = lambda name, rounds: _workloads.Figures(_workloads.WORKLOADS[name].what, 0.042, 0.0047, 3)
main()
"""

GAIN = "With sky-rust, loading a team's configuration for a request takes 4.7 ms of CPU instead of 42 ms on this "


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_demo(encoding: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, "demo"],
        env={**os.environ, "COLUMNS": "160", "PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding=encoding,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    works = [workload.what for workload in WORKLOADS.values() if workload.gains]
    assert [line for line in lines if line in works] == works
    bar = "#" if encoding == "ascii" else "\N{FULL BLOCK}"
    (with_it, *_) = (line for line in lines if line.startswith("  with  "))
    assert with_it.endswith(f" 4.7 ms {bar * 7}  8.9 times as fast"), with_it
    rows = [line.split() for line in lines if " of " in line and " up to " in line]
    assert {row[0] for row in rows} == set(NAMES)
    assert all(row[1] == row[3] for row in rows)  # '4 of 4': all outcomes are the original's
    # On 3.11 the first statement of some stays in Python: it takes less than a call of any native.
    mixed = {row[0] for row in rows if row[4:7:2] == ["rust", "of"]}
    stays = {function.name for function in FUNCTIONS if function.python_first}
    assert mixed == (stays if sys.version_info[:2] == (3, 11) else set())
    assert lines[-1] == f"{GAIN}machine: 8.9 times as fast."
    assert "\\x" not in ran.stdout
    assert "?" not in ran.stdout
    for part in (*works, *NAMES):  # a log has lines, not a bar
        assert f" s: {part}" in ran.stderr


def test_demo_in_python() -> None:
    ran = run("demo", SKY_RUST="0")
    assert ran.returncode == 0, ran.stderr
    assert " rust " not in ran.stdout
    assert "SkyPilot's own work" not in ran.stdout
    last = ran.stdout.splitlines()[-1]
    assert last == "Nothing is gained here yet: switched off by SKY_RUST=0. `sky-rust doctor` says what to do."


def figures(original: float, native: float, trouble: str = "") -> Figures:
    return Figures("the work", original, native, 1, trouble)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (
            [figures(0.042, 0.0047)],
            "With sky-rust, the work takes 4.7 ms of CPU instead of 42 ms on this machine: 8.9 ",
        ),
        ([figures(0, 0, "why"), figures(1, 0.01)], "takes 10 ms of CPU instead of 1 s on this machine: 100 times as f"),
        ([figures(0.1, 0.101)], "takes 101 ms of CPU instead of 100 ms on this machine: as fast as before."),
        ([figures(0, 0, "why")], "Nothing could be measured of SkyPilot's own work"),
    ],
)
def test_the_last_line_is_of_what_was_measured(measured: list[Figures], words: str) -> None:
    assert words in _demo._gain(measured, "")


def test_an_outcome_that_is_not_the_originals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], attached: None
) -> None:
    case = _cases.Case("format_float", "<2.5>", Call((2.5,)))
    row = _measure.measure(case, samples=5)._replace(same=False)
    monkeypatch.setattr(_cases, "answered", lambda names, *, large: [case])
    monkeypatch.setattr(_measure, "measure", lambda case, *, samples: row)
    monkeypatch.setattr(_workloads, "measure", lambda name, rounds: figures(0.0, 0.0, "<it> failed"))
    monkeypatch.setenv("COLUMNS", "160")
    assert _demo.show() == 1
    out = capsys.readouterr().out
    assert "Another outcome than the original's: format_float, <2.5>" in out
    assert "0 of 1" in out
    assert out.count("not measured: <it> failed") == len([one for one in WORKLOADS.values() if one.gains])


def test_bars_are_as_wide_as_the_terminal_lets_them_be() -> None:
    for width in (80, 120):
        console = Console(file=StringIO(), width=width, force_terminal=True, no_color=True)
        for native in (0.03, 0.0003, 0.06):
            with console.capture() as shown:
                console.print(_demo._block(figures(0.0412, native), min(width, 100)))
            lines = [Text.from_ansi(line).plain for line in shown.get().splitlines()]
            assert len(lines) == 4  # nothing is wrapped
            assert all(len(line.rstrip()) <= width for line in lines)
