"""The agent of a process: it follows the control file, tells the fleet of itself, and raises nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sky_rust import _fleet, _process
from tests.attachment.test_processes import run

#: Code that begins an agent, and waits until something holds.
BEGIN = """
import json, os, pathlib, time
import sky_rust
from sky_rust import _agent, _fleet, _process, _skypilot
_skypilot.home_module("common_utils")
CONTROL = pathlib.Path(_process.CONTROL_FILE)

def switch(content):
    CONTROL.parent.mkdir(parents=True, exist_ok=True)
    new = CONTROL.with_name("new")
    new.write_text(content)
    new.chmod(0o600)
    new.replace(CONTROL)

def wait(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(sky_rust.status()["hash_file"])

def is_(switch, backend):
    status = sky_rust.status()["hash_file"]
    return (status.switch, status.backend) == (switch, backend)

def told(pid=None):
    found = [one for one in _fleet.read().processes if one.pid == (pid or os.getpid())]
    return found[0] if found else None
"""


def test_it_follows_the_control_file(tmp_path: Path) -> None:
    code = f"""{BEGIN}
_agent.begin("run")
assert is_("on", "rust"), sky_rust.status()["hash_file"]
switch('{{"hash_file": "off"}}')
wait(lambda: is_("off", "python"))
assert sky_rust.status()["format_float"].backend == "rust"
sky_rust.enable("hash_file")  # the control file beats it
assert is_("off", "python")
switch('{{"hash_file": "shadow 0.5"}}')
wait(lambda: is_("shadow", "rust"))
switch("no JSON")
wait(lambda: is_("off", "python"))
assert {{one.switch for one in sky_rust.status().values()}} == {{"off"}}
wait(lambda: "can't be read" in told().control["problem"])
CONTROL.chmod(0o666)  # what isn't obeyed changes nothing
wait(lambda: "mode 0666" in told().control["refused"])
assert is_("off", "python")
CONTROL.unlink()
CONTROL.mkdir()
wait(lambda: "no regular file" in told().control["refused"])
assert is_("off", "python")
CONTROL.rmdir()
wait(lambda: is_("on", "rust"))
wait(lambda: not any(told().control[key] for key in ("digest", "problem", "refused")))
"""
    run(code, HOME=str(tmp_path))


def test_what_a_process_says_of_itself(tmp_path: Path) -> None:
    code = f"""{BEGIN}
_agent.begin("executor")
before = told()
assert before.context == "executor" and before.pid == os.getpid() and not before.obstacle and not before.trouble
assert before.functions["format_float"]["answers"] == 0
original = _skypilot.original(next(one for one in _agent.FUNCTIONS if one.name == "format_float"))
for _ in range(5):
    original(2.5)
wait(lambda: told().functions["format_float"]["answers"] == 5)
sky_rust.shadow("format_float")
original(2.5)
wait(lambda: told().functions["format_float"]["shadowed"] == 1)
native, control = told().functions["format_float"]["nanoseconds"]
assert native > 0 and control > 0
original(2)  # this one is counted when the process ends
"""
    run(code, HOME=str(tmp_path))
    # It is gone, and its last call was counted when it ended.
    ran = run(
        "from sky_rust import _fleet; import json; fleet = _fleet.read();"
        "print(json.dumps([fleet.processes, fleet.sums['format_float']]))",
        HOME=str(tmp_path),
    )
    processes, sums = json.loads(ran.stdout)
    assert processes == []
    assert sums["answers"] == 7
    assert sums["shadowed"] == 2
    (folder,) = (tmp_path / ".sky" / "sky_rust" / "processes").iterdir()
    assert sorted(file.name for file in folder.iterdir()) == ["gone.json", "lock"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_forked_child_has_none_until_it_needs_one(tmp_path: Path) -> None:
    code = f"""{BEGIN}
import threading
_agent.begin("run")
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    assert threading.active_count() == 1
    sky_rust.status()
    wait(lambda: told() is not None)
    switch('{{"hash_file": "off"}}')
    wait(lambda: is_("off", "python"))
    os.write(write, b"done")
    os._exit(0)
assert os.read(read, 4) == b"done"
os.waitpid(pid, 0)
wait(lambda: is_("off", "python"))
"""
    run(code, HOME=str(tmp_path))


def test_nothing_is_raised_and_nothing_started(tmp_path: Path) -> None:
    """A home that can't be written, natives that are required and can't be, and everything switched off."""
    (tmp_path / "file").touch()
    run("from sky_rust import _agent; _agent.begin('main')", HOME=str(tmp_path / "file"))
    code = f"""{BEGIN}
from sky_rust import _install
_install._attached = lambda one: "planted"
_agent.begin("main")
assert told().trouble.startswith("ImportError: SKY_RUST=require: "), told().trouble
assert is_("on", "python")
"""
    run(code, HOME=str(tmp_path), SKY_RUST="require")
    code = f"""{BEGIN}
import sys, threading
_agent.begin("main")
assert threading.active_count() == 1 and "sky_rust._native" not in sys.modules
assert told().obstacle == "switched off by SKY_RUST=0"
switch('{{"*": "on"}}')
assert is_("on", "python")
"""
    run(code, HOME=str(tmp_path), SKY_RUST="0")


def test_only_who_asks_for_it_has_an_agent(tmp_path: Path) -> None:
    code = f"""{BEGIN}
import threading
sky_rust.install()
assert threading.active_count() == 1
assert not os.path.exists(_process.HOME)
"""
    run(code, HOME=str(tmp_path))
    control = tmp_path / "control.json"
    code = f"""{BEGIN}
switch('{{"hash_file": "off"}}')
sky_rust.install()
assert is_("off", "python")
assert told().context == "program"
assert told().control["file"] == {str(control)!r}
"""
    run(code, HOME=str(tmp_path), SKY_RUST_CONTROL=str(control))


def test_run_begins_in_every_process(tmp_path: Path) -> None:
    """What `sky_rust.pth` does where `SKY_RUST_RUN` is set."""
    code = """
import sys
import sky_rust._autorun
assert "sky_rust._install" not in sys.modules and "sky_rust._native" not in sys.modules
try:
    import sky.utils.common_utils
except ImportError:
    sys.exit()  # a process that imports no SkyPilot is as it would be without us
import sky_rust
from sky_rust import _fleet
assert sky_rust.status()["hash_file"].backend == "rust"
(process,) = _fleet.read().processes
assert process.context == "run"
"""
    run(code, HOME=str(tmp_path))


def test_the_counts_of_processes_that_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_process, "HOME", str(tmp_path))

    def process(pid: int, start: str, answers: int) -> _fleet.Process:
        counts = {**dict.fromkeys(_fleet.COUNTS, 0), "answers": answers}
        return _fleet.Process(pid, start, "main", "", "", "", "", {}, "", {"hash_file": counts})

    def answers() -> tuple[list[int], int]:
        fleet = _fleet.read()
        return [one.pid for one in fleet.processes], fleet.sums["hash_file"]["answers"]

    assert _fleet.read() == ([], {})
    start = _fleet.start_of(os.getpid())
    assert start is not None
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        _fleet.write(process(child.pid, _fleet.start_of(child.pid) or "", 3))
        _fleet.write(process(os.getpid(), start, 10))
        assert answers() == (sorted([os.getpid(), child.pid]), 13)
        child.kill()
    assert answers() == ([os.getpid()], 13)
    assert answers() == ([os.getpid()], 13)
    _fleet.write(process(os.getpid(), start, 11))
    assert answers() == ([os.getpid()], 14)
    _fleet.write(process(os.getpid(), "another with this number", 2))  # takes the place of the process's own file
    assert answers() == ([], 5)
    folder = Path(_fleet.folder())
    (folder / "77.json").write_text("{}", encoding="utf-8")  # of another release
    (folder / "78.json").write_text("[", encoding="utf-8")
    assert answers() == ([], 5)
    assert not (folder / "77.json").exists()
