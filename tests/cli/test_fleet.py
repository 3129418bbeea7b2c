"""`switch`, `run`, and what `status` and `doctor` say of the processes of this host."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sky_rust import _control_file, _fleet, _process
from sky_rust.cli import _fleet as cli_fleet
from sky_rust.cli import main
from tests.attachment import test_processes
from tests.cli.test_cli import run
from tests.rollout import conftest

if TYPE_CHECKING:
    from collections.abc import Iterator


def control_file(home: Path) -> Path:
    return home / ".sky" / "sky_rust" / "control.json"


def test_switch(tmp_path: Path) -> None:
    ran = run("switch", "hash_file", "off", HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "no process of this host follows this file yet" in ran.stdout
    run("switch", "format_float", "shadow", "--rate", "0.1", HOME=str(tmp_path))
    run("switch", "Config.get_nested", "on", HOME=str(tmp_path))
    run("switch", "Config.get_nested", "default", HOME=str(tmp_path))
    run("switch", "safe_load", "shadow", "--rate", "0", HOME=str(tmp_path))
    found = json.loads(control_file(tmp_path).read_text(encoding="utf-8"))
    assert found == {"hash_file": "off", "format_float": "shadow 0.1", "safe_load": "shadow 0"}
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


@pytest.fixture
def kept_out() -> Iterator[Path]:
    """A folder in which this process may read, and not write; pytest's own may nobody else enter."""
    with tempfile.TemporaryDirectory() as name:
        yield from keep_out(Path(name))


def keep_out(folder: Path) -> Iterator[Path]:
    (folder / "control.json").write_text('{"hash_file": "on"}', encoding="utf-8")
    (folder / "control.json").chmod(0o600)
    user = os.geteuid()
    folder.chmod(0o555)
    if user == 0:  # whom modes don't keep out
        os.chown(folder / "control.json", 12345, -1)
        os.seteuid(12345)
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)


def test_a_control_file_that_is_read_only(kept_out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_process, "CONTROL_FILE", str(kept_out / "control.json"))
    ran = CliRunner().invoke(main, ["switch", "format_float", "off"])
    assert ran.exit_code == 5
    assert ran.output == f"Error: {kept_out / 'control.json'} can't be written: Permission denied\n"
    assert os.listdir(kept_out) == ["control.json"]


def test_a_control_file_that_nobody_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "control.json"
    path.write_bytes(b"[" * 50_000)
    path.chmod(0o600)
    monkeypatch.setattr(_process, "CONTROL_FILE", str(path))
    ran = CliRunner().invoke(main, ["switch", "format_float", "off"])
    assert ran.exit_code == 5
    assert ran.output == f"Error: {path} can't be read: it is nested too deeply\n"


def test_how_many_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that obey this content of this file."""
    path = str(tmp_path / "control.json")
    monkeypatch.setattr(_process, "CONTROL_FILE", path)
    monkeypatch.setattr(cli_fleet, "_PATIENCE", 0.3)
    digest = _control_file.parse(path, _control_file.change(path, {"hash_file": "off"}).encode(), ()).digest
    looks: list[str] = []

    def read() -> _fleet.Fleet:
        """One process follows at the second look, one never, and one follows another file."""
        looks.append("")
        digests = {path: [digest if len(looks) > 1 else "", ""], "/another": [digest]}
        controls = [{"file": file, "digest": one} for file, some in digests.items() for one in some]
        return _fleet.Fleet([conftest.process()._replace(control=control) for control in controls], {})

    monkeypatch.setattr(_fleet, "read", read)
    ran = CliRunner().invoke(main, ["switch", "hash_file", "off"])
    assert ran.exit_code == 0
    assert ran.output.splitlines()[-1] == "1 of 2 processes follow"
    assert len(looks) > 1


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
