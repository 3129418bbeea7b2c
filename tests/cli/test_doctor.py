"""`sky-rust doctor`: what it finds, what it says to type next, and its exit status."""

from __future__ import annotations

import json
import os
import shlex
import signal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from rich.text import Text

import sky_rust
from sky_rust import _control_file, _native, _process
from sky_rust.cli import _diagnosis, _doctor
from sky_rust.cli import _fleet as cli_fleet
from sky_rust.cli._diagnosis import Diagnosis, Function
from sky_rust.cli._self_check import Check
from sky_rust.testing import _functions
from tests.cli.test_cli import run
from tests.functions import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    Shown = Callable[[], tuple[int, dict[str, Any], str]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shown:
    """The doctor, in this process, whose forked children do the work: its status, its document, and its text."""
    monkeypatch.setattr(_process, "CONTROL_FILE", str(tmp_path / "control.json"))
    monkeypatch.setattr(_process, "HOME", str(tmp_path / "home"))

    def show() -> tuple[int, dict[str, Any], str]:
        status = _doctor.run(as_json=True)
        document = json.loads(capsys.readouterr().out)
        assert document["status"] == status
        assert _doctor.run(as_json=False) == status
        text = capsys.readouterr().out
        for fact in (*(one["text"] for one in document["problems"]), *document["remarks"]):
            assert fact in text
        for step in document["next"]:
            assert step["command"] in text
        return status, document, text

    return show


@pytest.fixture(scope="module")
def healthy() -> Diagnosis:
    """A diagnosis of this process."""
    return _diagnosis.diagnose(lambda part: None)


def test_all_is_well(shown: Shown, tmp_path: Path) -> None:
    before = sky_rust.stats()
    status, document, text = shown()
    assert status == 0
    assert document["problems"] == document["remarks"] == []
    assert f"ok   all {len(NAMES)} functions run natively\n" in text
    assert [one["name"] for one in document["functions"]] == NAMES
    for one in document["functions"]:
        assert (one["backend"], one["switch"], one["proven"]) == ("rust", "on", True)
        assert one["check"]["result"] == "same"
        assert one["check"]["calls"] > 0
    assert all(one["release"] and one["proven"] for one in document["libraries"])
    # Nothing of it lasts.
    assert sky_rust.stats() == before
    assert not (tmp_path / "home").exists()


def test_a_native_that_differs(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    control = sky_rust.control

    def wrong(name: str) -> Callable[..., Any]:
        return (lambda number, precision=1: "[wrong]") if name == "format_float" else control(name)

    monkeypatch.setattr(sky_rust, "control", wrong)
    status, document, text = shown()
    assert status == 8
    assert [one["functions"] for one in document["problems"]] == [["format_float"]]
    commands = ["sky-rust switch format_float off", "sky-rust verify format_float"]
    assert [one["command"] for one in document["next"]] == commands
    assert "FAIL format_float differs" in text.replace("<lambda> differs", "format_float differs")
    assert "DIFFERS" in text
    assert "[wrong]" in text
    results = {one["name"]: one["check"]["result"] for one in document["functions"]}
    assert [name for name in NAMES if results[name] != "same"] == ["format_float"]


@pytest.mark.parametrize("name", ["hash_file", NAMES[0], NAMES[-1]])
def test_a_native_that_crashes(shown: Shown, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def check(checked: str) -> Check:
        if checked == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return Check("same", 1, 1)

    monkeypatch.setattr(_diagnosis, "check", check)
    status, document, text = shown()
    assert status == 8
    (problem,) = document["problems"]
    assert problem["text"] == f"the process of the self-check of {name}: it ended by the signal SIGKILL"
    assert problem["functions"] == [name]
    assert "CRASHED" in text
    assert document["next"][0]["command"] == f"sky-rust switch {name} off"


def test_a_call_that_cannot_be_made_here(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        large = declined = False
        label, call = "a file", None  # no world can be made for it

    def named(name: str) -> list[type[Nowhere]]:
        if name == "safe_load":
            raise OSError("no room")
        return [Nowhere]

    monkeypatch.setattr(_functions, "named", named)
    status, document, text = shown()
    assert {one["check"]["result"] for one in document["functions"]} == {"unchecked"}
    assert status == 0
    assert "not checked: hash_file: a file: AttributeError" in text
    assert "not checked: safe_load: the calls: OSError: no room" in text


def test_switches_and_where_they_come_from(tmp_path: Path) -> None:
    control = tmp_path / "control.json"
    control.write_text('{"hash_file": "off", "format_float": "shadow 0.5", "no_such": "on"}', encoding="utf-8")
    control.chmod(0o600)
    variables = {"SKY_RUST_BASE36_ENCODE": "0", "SKY_RUST_SAFE_LOAD": "1", "SKY_RUST_HASHFILE": "0"}
    ran = run("doctor", "--json", HOME=str(tmp_path), SKY_RUST_CONTROL=str(control), **variables)
    assert ran.returncode == 1, ran.stderr
    document = json.loads(ran.stdout)
    found = {one["name"]: one for one in document["functions"]}
    for name, switch, source, result in (
        ("hash_file", "off", "control file", "python"),
        ("format_float", "shadow", "control file", "same"),
        ("base36_encode", "off", "SKY_RUST_BASE36_ENCODE=0", "python"),
        ("safe_load", "on", "SKY_RUST_SAFE_LOAD=1", "same"),
        ("get_cpu_count", "on", "default", "same"),
    ):
        one = found[name]
        assert (one["switch"], one["source"], one["check"]["result"]) == (switch, source, result)
    assert found["format_float"]["rate"] == 0.5
    assert found["hash_file"]["check"]["reason"] == f"switched off by {control}"
    assert document["remarks"] == [
        "SKY_RUST_HASHFILE=0 is no variable that sky-rust reads: did you mean SKY_RUST_HASH_FILE?",
        f"{control} has lines for no function of this release: no_such",
    ]
    assert [one["command"] for one in document["next"]] == [
        "sky-rust switch hash_file on",
        "unset SKY_RUST_BASE36_ENCODE",
    ]
    assert not (tmp_path / ".sky" / "sky_rust").exists()  # it has no agent, and says nothing of itself


def test_off() -> None:
    ran = run("doctor", SKY_RUST="0")
    assert ran.returncode == 1
    assert "!    switched off by SKY_RUST=0\n" in ran.stdout
    assert "no function runs natively" in ran.stdout
    assert ran.stdout.endswith("next let functions run natively: unset SKY_RUST\n")


@pytest.mark.parametrize("kind", ["a file", "a folder that nobody can write to"])
def test_a_home_that_skypilot_cannot_use(tmp_path: Path, kind: str) -> None:
    home = Path("/proc/self/fdinfo") if kind != "a file" else tmp_path / "file"
    if kind == "a file":
        home.touch()
    ran = run("doctor", "--json", HOME=str(home))
    assert not ran.stderr
    assert ran.returncode == 1
    document = json.loads(ran.stdout)
    assert document["problems"][0]["text"].startswith("SkyPilot can't be imported: ")
    assert {one["check"]["result"] for one in document["functions"]} == {"same"}
    assert document["next"][0]["command"] == "export HOME=FOLDER"


def mode(path: Path) -> None:
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o666)


def folder(path: Path) -> None:
    path.mkdir()


def no_json(path: Path) -> None:
    path.write_text('{"*":', encoding="utf-8")
    path.chmod(0o600)


def too_long(path: Path) -> None:
    path.write_text(" " * 100_000, encoding="utf-8")
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("make", "words", "command"),
    [
        (mode, "can be written by its group or by everybody", "chmod go-w {}"),
        (folder, "is no regular file", "mv {} {}.old"),
        (no_json, "can't be read", "python3 -m json.tool {}"),
        (too_long, "is longer than", "ls -lL {}"),
    ],
)
def test_a_control_file_that_is_not_obeyed(
    healthy: Diagnosis, tmp_path: Path, make: Callable[[Path], None], words: str, command: str
) -> None:
    path = tmp_path / "a control file"
    make(path)
    found = healthy._replace(control=_control_file.read(str(path), NAMES))
    (problem,) = found.problems()
    assert words in problem.text
    assert found.status() == 1
    (step,) = found.next()
    assert step.command == command.format(*2 * [shlex.quote(str(path))])


def test_a_control_file_of_somebody_else(healthy: Diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "control.json"
    path.write_text("{}", encoding="utf-8")
    if os.geteuid() == 0:  # root's own file is obeyed by everybody
        os.chown(path, 54321, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    found = healthy._replace(control=_control_file.read(str(path), NAMES))
    assert found.next()[0].command == f"sudo chown 12345 {path}"


def changed(healthy: Diagnosis, **status: str) -> list[Function]:
    """The functions, of which the last has another status."""
    *others, last = healthy.look.functions
    return [*others, last._replace(status=last.status._replace(**status))]


def test_what_to_type_next(healthy: Diagnosis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_fleet, "can_run", lambda: True)
    facts, look = healthy.facts, healthy.look
    reason = "SkyPilot 9: safe_load is not proven on x; `sky-rust verify --record safe_load` proves it here"
    lacking = look.libraries[1]._replace(release="")
    for found, command in (
        (healthy, "sky-rust run -- sky api start"),
        (
            healthy._replace(facts={**facts, "native": False, "reason": "no compiled module"}),
            "SKY_RUST_BUILD=require pip install --force-reinstall --no-deps .",
        ),
        (healthy._replace(facts={**facts, "skypilot": ""}), "pip install skypilot==0.14.1"),
        (
            healthy._replace(look=look._replace(functions=changed(healthy, backend="python", reason=reason))),
            "sky-rust verify --record safe_load",
        ),
        (healthy._replace(look=look._replace(libraries=[lacking])), f"pip install {lacking.name.lower()}"),
        (healthy._replace(look=look._replace(crash="how")), "sky-rust switch all off"),
    ):
        assert found.next()[0].command == command


def test_a_breaker_in_a_process_of_the_host(healthy: Diagnosis) -> None:
    from sky_rust import _fleet

    one = {"backend": "python", "switch": "off", "reason": "switched off by a mismatch in shadow: x", "mismatches": 1}
    process = _fleet.Process(7, "", "main", "", "", "", "", {}, "", {"hash_file": one})
    sums = {"hash_file": dict.fromkeys(_fleet.COUNTS, 1)}
    found = healthy._replace(fleet=_fleet.Fleet([process], sums))
    assert found.tripped == ["hash_file"]
    assert found.remarks() == ["process 7: hash_file: switched off by a mismatch in shadow: x"]
    assert [step.command for step in found.next()] == ["sky-rust verify hash_file", "sky-rust status"]
    assert found.status() == 1
    on = process._replace(functions={"hash_file": {**one, "backend": "rust", "switch": "on"}})
    found = healthy._replace(fleet=_fleet.Fleet([on], sums))
    assert found.status() == 0
    assert [step.command for step in found.next()] == ["sky-rust status"]


def test_the_libraries_are_those_that_natives_name() -> None:
    assert {library for name in NAMES for library in _native.libraries(name)} == set(_diagnosis.LIBRARIES)


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal(healthy: Diagnosis, width: int) -> None:
    console = Console(file=StringIO(), width=width, force_terminal=True, no_color=True)
    with console.capture() as captured:
        _doctor._show(console, healthy)
    lines = [Text.from_ansi(line).plain.rstrip() for line in captured.get().splitlines()]
    assert all(len(line) <= width for line in lines)
    # What is too long for a line goes on below its text, not below its mark.
    table = [line for line in lines if line.split()[:1] in [[name] for name in (*NAMES, "function")]]
    assert len(table) == len(NAMES) + 1
    assert {line[:4].strip() for line in lines if line not in table} == {"ok", "-", "", "next"}
