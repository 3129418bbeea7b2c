"""The command line, as it is called."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import sky_rust
from tests.functions import NAMES


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
    assert len(rows) == 25
    assert all(" yes " in row for row in rows)
    # On 3.11 a short string stays in Python, where no call of a native is shorter.
    in_python = [row for row in rows if " rust " not in row]
    assert len(in_python) == (1 if sys.version_info[:2] == (3, 11) else 0), in_python
    assert all("a short string" in row for row in in_python)
    assert {row.split()[0] for row in rows} >= set(NAMES)


def test_demo_in_python() -> None:
    ran = run("demo", SKY_RUST="0")
    assert ran.returncode == 0, ran.stderr
    assert " rust " not in ran.stdout
    assert "In Python: switched off by SKY_RUST=0" in ran.stdout


def test_status() -> None:
    lines = run("status").stdout.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [[name, "rust"] for name in NAMES]


@pytest.mark.parametrize(
    ("value", "code", "words"), [("1", 0, "all 12 functions"), ("0", 1, "switched off by SKY_RUST=0")]
)
def test_doctor(value: str, code: int, words: str) -> None:
    ran = run("doctor", SKY_RUST=value)
    assert ran.returncode == code
    assert words in ran.stdout


def test_help_and_version() -> None:
    assert run("--version").stdout == f"sky-rust, version {sky_rust.__version__}\n"
    for command in ("demo", "status", "doctor"):
        assert command in run("--help").stdout
    assert run("no-such").returncode == 2
