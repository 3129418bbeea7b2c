"""`switch`, `run`, and what `status` and `doctor` say of the processes of this host."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.attachment import test_processes
from tests.cli.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


def control_file(home: Path) -> Path:
    return home / ".sky" / "sky_rust" / "control.json"


def test_switch(tmp_path: Path) -> None:
    ran = run("switch", "hash_file", "off", HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "no process of this host follows this file yet" in ran.stdout
    run("switch", "format_float", "shadow", "--rate", "0.1", HOME=str(tmp_path))
    run("switch", "Config.get_nested", "on", HOME=str(tmp_path))
    run("switch", "Config.get_nested", "default", HOME=str(tmp_path))
    found = json.loads(control_file(tmp_path).read_text(encoding="utf-8"))
    assert found == {"hash_file": "off", "format_float": "shadow 0.1"}
    run("switch", "all", "off", HOME=str(tmp_path))
    assert json.loads(control_file(tmp_path).read_text(encoding="utf-8")) == {"*": "off"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hash_fil", "off"), "Did you mean hash_file?"),
        (("hash_file", "of"), "'of' is not one of"),
        (("hash_file", "on", "--rate", "0.5"), "--rate is for shadow"),
        (("hash_file", "shadow", "--rate", "2"), "2"),
    ],
)
def test_a_switch_that_there_is_not(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run("switch", *arguments, HOME=str(tmp_path))
    assert ran.returncode == 2
    assert words in ran.stderr
    assert not control_file(tmp_path).exists()


def test_a_control_file_that_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "control.json").mkdir()
    ran = run("switch", "hash_file", "off", SKY_RUST_CONTROL=str(tmp_path / "control.json"))
    assert ran.returncode == 5
    assert "is no regular file" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_status_and_doctor_of_the_host(tmp_path: Path) -> None:
    code = """
import subprocess, sys
from sky_rust import _agent, _skypilot
_skypilot.home_module("common_utils")
_agent.begin("executor")
_agent._process.agent_state()["agent"].look()
for command in (["switch", "hash_file", "off"], ["status"], ["status", "--json"], ["doctor"]):
    print(subprocess.run([sys.executable, "-m", "sky_rust.cli", *command], capture_output=True, text=True).stdout)
    print("-----")
"""
    ran = test_processes.run(code, HOME=str(tmp_path))
    switched, status, document, doctor, _ = ran.stdout.split("-----\n")
    assert "1 of 1 processes follow" in switched
    lines = [line.split() for line in status.splitlines()]
    assert [line[1] for line in lines if line[1:2] == ["executor"]] == ["executor"]
    assert ["hash_file", "python", "0", "0", "0", "0", "0"] in lines
    assert ["format_float", "rust", "0", "0", "0", "0", "0"] in lines
    assert f"! hash_file: switched off by {control_file(tmp_path)}" in status
    (process,) = json.loads(document)["processes"]
    assert process["functions"]["hash_file"]["switch"] == "off"
    assert "1 process of this host: " in doctor


def test_run(tmp_path: Path) -> None:
    said = "import os, sys; print(os.environ['SKY_RUST_RUN'], sys.argv[1:]); sys.exit(3)"
    command = ("run", "--", sys.executable, "-c", said, "--json", "-x")
    (tmp_path / "sky_rust_autorun.pth").touch()
    path = str(tmp_path)
    ran = run(*command, PYTHONPATH=f"{test_processes.PACKAGE.parent}:{path}")
    assert ran.returncode == 3
    assert ran.stdout == "1 ['--json', '-x']\n"
    ran = run("run", "no-such-command", PYTHONPATH=f"{test_processes.PACKAGE.parent}:{path}")
    assert ran.returncode == 127
    assert ran.stderr == "Error: no-such-command: No such file or directory\n"
    ran = run("run", path, PYTHONPATH=f"{test_processes.PACKAGE.parent}:{path}")
    assert ran.returncode == 126
