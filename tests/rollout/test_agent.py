"""The agent of a process: it follows the control file, tells the fleet of itself, and raises nothing."""

from __future__ import annotations

import codecs
import json
import os
import random
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sky_rust
from sky_rust import _agent, _attachment, _fleet, _install, _process
from sky_rust._registry import FUNCTIONS
from sky_rust._skypilot import has_skypilot
from tests.attachment.test_processes import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sky_rust._wanted import Wanted

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
original = _skypilot.original(next(one for one in _agent.FUNCTIONS if one.name == "format_float"))
original(2.5)
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    assert threading.active_count() == 1
    original(2.5)  # this call is counted, and the parent's isn't counted again
    sky_rust.status()
    wait(lambda: told() is not None)
    assert told().functions["format_float"]["answers"] == 1
    switch('{{"hash_file": "off"}}')
    wait(lambda: is_("off", "python"))
    os.write(write, b"done")
    os._exit(0)
assert os.read(read, 4) == b"done"
os.waitpid(pid, 0)
wait(lambda: is_("off", "python"))
wait(lambda: told().functions["format_float"]["answers"] == 1)
assert _fleet.read().sums["format_float"]["answers"] == 2
pid = os.fork()
if pid == 0:
    raise SystemExit  # an orderly end, which calls what the parent has registered for its own
os.waitpid(pid, 0)
names = set(name.partition("-")[0] for name in os.listdir(_fleet.folder()))
assert not names - set([str(os.getpid()), "gone.json", "lock"])
assert _fleet.read().sums["format_float"]["answers"] == 2
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
    """What `sky_rust_autorun.pth` does where `SKY_RUST_RUN` is set."""
    code = """
import sys
import sky_rust._autorun
assert "sky_rust._install" not in sys.modules and "sky_rust._native" not in sys.modules
from sky_rust._registry import FUNCTIONS
assert sky_rust._autorun._watcher._modules == set(function.module for function in FUNCTIONS)
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
    code = """
import sys
import sky_rust._autorun
sys.modules["sky_rust._agent"] = None
try:
    import sky
except ImportError:
    sys.exit()
import sky.utils.common_utils
assert not [one for one in sys.meta_path if type(one).__module__.startswith("sky_rust")]
"""
    ran = run(code, HOME=str(tmp_path))
    # Once, with the first of the modules: it watches for no other.
    assert ran.stderr.count("sky-rust can't begin in this process, which stays in Python: ") == int(has_skypilot())


@pytest.fixture
def agent(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_agent.Agent]:
    """An agent of this process, without a thread."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(_process, "agent_state", lambda: state)
    yield _agent.Agent()
    _install.obey({one.name: None for one in FUNCTIONS})


def write(content: str) -> None:
    """Writes the control file."""
    descriptor = os.open(_process.CONTROL_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, content.encode())
    os.close(descriptor)


def told() -> _fleet.Process:
    """What this process has said of itself."""
    (process,) = _fleet.read().processes
    return process


@pytest.mark.usefixtures("attached")
def test_what_can_not_be_applied_is_tried_again(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """And keeps no other function from being switched, whichever of them comes first."""
    refusing = {one.name for one in FUNCTIONS[1::2]}
    apply = _install._apply

    def refuse(one: Wanted) -> None:
        if one.function.name in refusing:
            raise RuntimeError("planted")
        apply(one)

    monkeypatch.setattr(_install, "_apply", refuse)
    agent.look()
    write('{"*": "off"}')
    for _ in range(2):
        agent.look()
        assert {one.name for one in FUNCTIONS if _attachment.target(one) is not None} == refusing
        assert (told().trouble, told().control["digest"]) == ("RuntimeError: planted", "")
    refusing.clear()
    agent.look()
    assert not [one.name for one in FUNCTIONS if _attachment.target(one) is not None]
    assert told().trouble == ""
    assert told().control["digest"]


@pytest.mark.usefixtures("attached")
def test_what_can_not_be_prepared_keeps_no_other(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = _install._prepare

    def refuse(one: Wanted) -> None:
        if one.function.name == "hash_file":
            raise ImportError("planted")
        prepare(one)

    write('{"*": "off"}')
    agent.look()
    monkeypatch.setattr(_install, "_prepare", refuse)
    write("{}")
    agent.look()
    assert told().trouble == "ImportError: planted"
    assert [one.name for one in FUNCTIONS if _attachment.target(one) is None] == ["hash_file"]
    monkeypatch.setattr(_install, "_prepare", prepare)
    agent.look()
    assert sky_rust.status()["hash_file"].backend == "rust"
    assert told().trouble == ""


@pytest.mark.usefixtures("attached")
def test_only_a_new_setting_of_the_function_ends_the_breaker(agent: _agent.Agent) -> None:
    write('{"*": "shadow 0.5", "hash_file": "on"}')
    agent.look()
    _install._break("hash_file", "planted")
    write('{"hash_file": "on", "format_float": "off", "*": "on"}')
    agent.look()
    assert sky_rust.status()["hash_file"].reason == "switched off by a mismatch in shadow: planted"
    assert sky_rust.status()["format_float"].switch == "off"
    write('{"hash_file": "shadow 0.5"}')
    agent.look()
    assert sky_rust.status()["hash_file"].switch == "shadow"


@pytest.mark.usefixtures("attached")
def test_what_is_required_is_no_error_of_the_agents(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SKY_RUST=require` is for those who call `install`; here the function's own reason says it."""
    write('{"hash_file": "off"}')
    agent.look()
    monkeypatch.setattr(_process, "is_required", lambda: True)
    monkeypatch.setattr(_process, "POLICY", _process.POLICY._replace(required=True))
    monkeypatch.setattr(_install, "_attached", lambda one: "planted")
    write("{}")
    for _ in range(2):
        agent.look()
        assert told().trouble == ""
    assert told().functions["hash_file"]["reason"] == "planted"


def test_it_writes_what_is_new(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """And once a day what isn't, so that the folder of a process that lives isn't taken for an old one."""
    written: list[_fleet.Process] = []
    monkeypatch.setattr(_fleet, "write", written.append)
    clock = [1000.0]
    monkeypatch.setattr(_agent, "monotonic", lambda: clock[0])
    agent.look()
    agent.look()
    assert len(written) == 1
    write("{}")
    agent.look()
    assert len(written) == 2
    clock[0] += 24 * 60 * 60 + 1
    agent.look()
    agent.look()
    assert len(written) == 3


def test_a_folder_that_can_not_be_written_at_first(agent: _agent.Agent, home: Path) -> None:
    (home / "sky_rust").write_text("a file")
    agent.look()
    (home / "sky_rust").unlink()
    agent.look()
    assert told().pid == os.getpid()


def test_one_agent_a_process(agent: _agent.Agent) -> None:
    """As where the plugin begins twice, in a server of one process: the context is the later one."""
    state = _process.agent_state()
    state["agent"] = agent
    before = threading.active_count()
    _agent._start("main")
    _agent._start("uvicorn")
    assert (state["agent"], state["context"], threading.active_count()) == (agent, "uvicorn", before)


def test_trouble_before_and_in_the_beginning(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(_agent, "_start", lambda context: None)
    monkeypatch.setattr(_install, "install", lambda: None)
    _agent.begin("executor", "the page is missing")
    assert _process.agent_state()["trouble"] == "the page is missing"
    monkeypatch.setattr(_install, "install", fail)
    _agent.begin("executor", "the page is missing")
    assert _process.agent_state()["trouble"] == "the page is missing; RuntimeError: planted"
    _agent.begin("executor")
    assert _process.agent_state()["trouble"] == "RuntimeError: planted"


def test_an_agent_of_another_process_says_nothing(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of the parent of a forked child, which the child calls when it ends."""
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    agent.look()
    assert _fleet.read() == ([], {})


def test_one_looks_at_a_time(agent: _agent.Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look with which a process ends, beside that of the agent's thread: the newer one has the last word."""
    looking: list[str] = []

    def write_slowly(process: _fleet.Process) -> None:
        looking.append("begins")
        if len(looking) == 1:
            other.start()
            other.join(0.2)
        looking.append("ends")

    monkeypatch.setattr(_fleet, "write", write_slowly)
    monkeypatch.setattr(_agent, "this_process", lambda *_: object())
    other = threading.Thread(target=agent.look)
    agent.look()
    other.join()
    assert looking == ["begins", "ends"] * 2


def as_switched(agent: _agent.Agent) -> tuple[str, str, str]:
    """The function's switch after a look, and why the control file can't be read or isn't obeyed."""
    agent.look()
    control = _process.agent_state()["control"]
    return sky_rust.status()["hash_file"].switch, control["problem"], control["refused"]


def file(content: str | bytes, mode: int = 0o600) -> Callable[[str], None]:
    def make(path: str) -> None:
        Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
        os.chmod(path, mode)

    return make


def socket_at(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path)


def given_away(path: str) -> None:
    file("{}")(path)
    os.chown(path, 12345, -1)


NOISE = bytes(random.Random(0).randbytes(1000))
ON = '{"hash_file": "on"}'

#: What is in the place of a control file that said shadow -> the switch then, and words of the problem or the refusal.
KINDS: dict[str, tuple[Callable[[str], object], str, str, str]] = {
    "none": (lambda path: None, "on", "", ""),
    "a dangling link": (lambda path: os.symlink("nothing", path), "on", "", ""),
    "no lines": (file("{}"), "on", "", ""),
    "lines of other functions": (file('{"no_such": "off", "hash_fil": []}'), "on", "", ""),
    "with a byte order mark": (file(codecs.BOM_UTF8 + b'{"hash_file": "off"}'), "off", "", ""),
    "empty": (file(""), "off", "Expecting value", ""),
    "truncated": (file(ON[:-2]), "off", "can't be read", ""),
    "a list": (file('["hash_file"]'), "off", "no JSON object", ""),
    "two lines of a function": (file('{"hash_file": "on", "hash_file": "on"}'), "off", "two lines", ""),
    "noise": (file(NOISE), "off", "can't be read", ""),
    "NUL bytes": (file(bytes(100)), "off", "can't be read", ""),
    "no UTF-8": (file('{"hash_file": "\xe9"}'.encode("latin-1")), "off", "can't be read", ""),
    "nested deeply": (file("[" * 60_000), "off", "can't be read", ""),
    "10 MB of noise": (file(NOISE * 10_000), "shadow", "", "longer than 64 KiB"),
    "a directory": (os.mkdir, "shadow", "", "no regular file"),
    "a FIFO": (os.mkfifo, "shadow", "", "no regular file"),
    "a device": (lambda path: os.symlink("/dev/zero", path), "shadow", "", "no regular file"),
    "a socket": (socket_at, "shadow", "", "can't be opened"),
    "a link to itself": (lambda path: os.symlink(path, path), "shadow", "", "can't be opened"),
    "writable by all": (file(ON, 0o646), "shadow", "", "mode 0646"),
    "writable by its group": (file(ON, 0o660), "shadow", "", "mode 0660"),
}
if os.geteuid() == 0:  # only root can give a file away
    KINDS["another user's"] = (given_away, "shadow", "", "belongs to the user 12345")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_control_file(agent: _agent.Agent, kind: str) -> None:
    make, switch, problem, refused = KINDS[kind]
    path = _process.CONTROL_FILE
    write('{"hash_file": "shadow 0.5"}')
    assert as_switched(agent) == ("shadow", "", "")
    os.unlink(path)
    make(path)
    said = as_switched(agent)
    assert said[0] == switch
    assert (problem in said[1], bool(said[1])) == (True, bool(problem))
    assert (refused in said[2], bool(said[2])) == (True, bool(refused))
    assert told().trouble == ""
    assert (told().control["problem"], told().control["refused"]) == said[1:]
    # And back.
    os.rmdir(path) if os.path.isdir(path) else os.path.lexists(path) and os.unlink(path)
    write('{"hash_file": "shadow 0.25"}')
    assert as_switched(agent) == ("shadow", "", "")


def test_a_folder_that_can_not_be_read(agent: _agent.Agent, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "folder"
    folder.mkdir()
    monkeypatch.setattr(_process, "CONTROL_FILE", str(folder / "control.json"))
    write('{"hash_file": "off"}')
    assert as_switched(agent) == ("off", "", "")
    folder.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:  # whom modes don't keep out
            os.seteuid(12345)
        switch, problem, refused = as_switched(agent)
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
    assert (switch, problem) == ("off", "")
    assert refused.endswith("control.json can't be opened: Permission denied")


def test_where_the_control_file_is(tmp_path: Path) -> None:
    """A relative path counts from where the process began, wherever it goes; an empty one is none."""
    code = """
import os, sys
from sky_rust import _process
first = _process.CONTROL_FILE
os.chdir("/usr")
for name in [name for name in sys.modules if name.startswith("sky_rust") and name != "sky_rust._native"]:
    del sys.modules[name]
from sky_rust import _process
assert _process.CONTROL_FILE == first
print(first)
"""

    def found(value: str) -> str:
        return run(code, HOME=str(tmp_path), SKY_RUST_CONTROL=value).stdout.strip()

    assert found("some/control.json") == "/some/control.json"
    assert found("~/control.json") == str(tmp_path / "control.json")
    assert found(str(tmp_path)) == str(tmp_path)
    assert found("") == str(tmp_path / ".sky" / "sky_rust" / "control.json")
    gone = str(tmp_path / "gone")
    code = f"import os; os.mkdir({gone!r}); os.chdir({gone!r}); os.rmdir({gone!r})\nfrom sky_rust import _process"
    run(code, HOME=str(tmp_path), SKY_RUST_CONTROL="control.json")
