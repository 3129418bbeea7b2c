"""Control groups of both versions and `/proc/meminfo`, with every kind of content: real files, in a mount namespace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.limits import CPU_V1, CPU_V2, MEMORY, meminfos


@pytest.fixture(scope="module")
def report() -> list[tuple[str, str, str, str, bool]]:
    """Function, world, the control's outcome, the native's, and whether the native answered."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.worlds.limits"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 77:
        pytest.skip("mounting needs privileges")
    assert ran.returncode == 0, ran.stderr
    result: list[tuple[str, str, str, str, bool]] = json.loads(ran.stdout.splitlines()[-1])
    return result


def test_every_limit_gives_the_same(report: list[tuple[str, str, str, str, bool]]) -> None:
    contents = [*CPU_V1, *CPU_V2, *MEMORY, *MEMORY, *meminfos()]
    assert len(report) == len(contents) + 2  # two more: no file, for either limit
    assert [case for case in report if case[2] != case[3]] == []


def test_what_kernels_write_is_answered(report: list[tuple[str, str, str, str, bool]]) -> None:
    answered = {f"{name} {world}" for name, world, _, _, native in report if native}
    expected = {"get_cpu_count v2 max 100000", "get_cpu_count v2 150000 100000\n", "get_cpu_count v1 -1 100000"}
    expected |= {"get_cpu_count v1 250000 100000", "get_mem_size_gb v2 max\n", "get_mem_size_gb v2 1073741824\n"}
    expected |= {"get_mem_size_gb v1 9223372036854771712", "get_cpu_count v2 no file", "get_mem_size_gb v2 no file"}
    assert expected <= answered
    assert len(answered) < len(report)
