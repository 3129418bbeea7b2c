"""The fleet's folder: files of processes that live or are gone, sums that never fall, and folders of other hosts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sky_rust import _fleet
from tests.rollout import conftest

pytestmark = pytest.mark.usefixtures("home")

DAY = 24 * 60 * 60


def process(pid: int, start: str, answers: int) -> _fleet.Process:
    return conftest.process(hash_file={"answers": answers})._replace(pid=pid, start=start)


def me(answers: int) -> _fleet.Process:
    """What this process says."""
    return process(os.getpid(), _fleet.start_of(os.getpid()) or "", answers)


def answers() -> tuple[list[int], int]:
    """The processes that live, and the sum of all answers."""
    fleet = _fleet.read()
    return [one.pid for one in fleet.processes], fleet.sums.get("hash_file", {}).get("answers", 0)


def folder() -> Path:
    return Path(_fleet.folder())


def test_the_counts_of_processes_that_are_gone() -> None:
    assert _fleet.read() == ([], {})
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        _fleet.write(process(child.pid, _fleet.start_of(child.pid) or "", 3))
        _fleet.write(me(10))
        assert answers() == (sorted([os.getpid(), child.pid]), 13)
        child.kill()
    assert answers() == ([os.getpid()], 13)
    assert answers() == ([os.getpid()], 13)
    _fleet.write(me(11))
    assert answers() == ([os.getpid()], 14)


def test_a_process_with_the_number_of_one_that_is_gone() -> None:
    """It takes no counts away, whether or not somebody has read them before it wrote its own."""
    _fleet.write(process(os.getpid(), "1", 2))
    _fleet.write(me(10))
    assert answers() == ([os.getpid()], 12)
    _fleet.write(process(os.getpid(), "2", 3))
    assert answers() == ([os.getpid()], 15)
    assert answers() == ([os.getpid()], 15)


def test_a_process_that_writes_and_ends_while_somebody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    load = _fleet._load
    starts = {1234567: "1"}

    def end_meanwhile(path: str) -> Any:
        content = load(path)
        if starts and "1234567" in path:
            _fleet.write(process(1234567, "1", 9))
            starts.clear()
        return content

    monkeypatch.setattr(_fleet, "start_of", starts.get)
    monkeypatch.setattr(_fleet, "_load", end_meanwhile)
    _fleet.write(process(1234567, "1", 3))
    assert answers()[1] == 3
    assert answers() == ([], 9)
    assert answers() == ([], 9)


def test_a_reader_that_ends_between_sums_and_files_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(path: str) -> None:
        raise KeyboardInterrupt

    _fleet.write(process(os.getpid(), "1", 2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", end)
        with pytest.raises(KeyboardInterrupt):
            _fleet.read()
    assert answers()[1] >= 2


def test_a_disk_that_is_full_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    _fleet.write(process(os.getpid(), "1", 2))
    monkeypatch.setattr(_fleet._files, "replace", refuse)
    for _ in range(2):
        assert answers() == ([], 2)


def test_only_the_user_reads_it() -> None:
    _fleet.write(process(os.getpid(), "1", 2))
    assert answers() == ([], 2)
    _fleet.write(me(10))
    modes = {one.name.partition("-")[0]: one.stat().st_mode & 0o777 for one in folder().iterdir()}
    assert modes == dict.fromkeys(("gone.json", "lock", str(os.getpid())), 0o600)
    assert folder().stat().st_mode & 0o777 == 0o700


def test_each_host_and_container_has_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    own = _fleet.folder()
    uname, stat = os.uname(), os.stat
    with monkeypatch.context() as patch:
        patch.setattr(os, "uname", lambda: os.uname_result((uname[0], "other", *uname[2:])))
        assert _fleet.folder() != own
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda path: stat("/" if path == "/proc/self/ns/pid" else path))
        assert _fleet.folder() != own
    assert _fleet.folder() == own


def test_the_start_of_a_process_of_any_name(tmp_path: Path) -> None:
    program = tmp_path / "a) (b c"
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "60"]) as child:
        start = _fleet.start_of(child.pid)
        child.kill()
    assert start is not None
    assert int(start) >= int(_fleet.start_of(os.getpid()) or "0")
    assert _fleet.start_of(child.pid) is None


@pytest.mark.parametrize(
    "content", ["[", "[]", "{}", "null", "\xff", '{"hash_file": 1}', '{"hash_file": {}}', "[" * 50_000]
)
def test_what_nobody_can_read(content: str) -> None:
    """As the files of another release, or of a disk that was full."""
    _fleet.write(me(10))
    kept = [f"{os.getpid()}-{_fleet.start_of(os.getpid())}x.json", "77777777-1.json", "77777777.json", "gone.json"]
    for name in kept:
        (folder() / name).write_text(content, encoding="latin-1")
    assert answers() == ([os.getpid()], 10)
    assert answers() == ([os.getpid()], 10)
    assert len([name for name in os.listdir(folder()) if name not in ("gone.json", "lock")]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("functions", []),
        ("functions", {"hash_file": []}),
        ("functions", {"hash_file": dict.fromkeys(_fleet.COUNTS, 0)}),
        ("control", []),
        ("pid", "1"),
        ("start", 1),
        ("context", None),
    ],
)
def test_a_process_that_says_something_else(field: str, value: object) -> None:
    _fleet.write(me(10)._replace(**{field: value}) if field not in ("pid", "start") else me(10))
    (file,) = (one for one in folder().iterdir() if one.name != "lock")
    file.write_text(json.dumps({**me(10)._asdict(), field: value}), encoding="utf-8")
    assert answers() == ([], 0)
    assert file.exists()  # it lives, and writes anew when there is something new


def test_what_a_killed_writer_leaves() -> None:
    _fleet.write(me(10))
    left = ["77777777-1.json.77777777", "gone.json.77777777"]
    for name in (*left, "mine.txt"):
        (folder() / name).touch()
    assert answers() == ([os.getpid()], 10)
    assert not [name for name in left if (folder() / name).exists()]
    assert (folder() / "mine.txt").exists()


def test_a_folder_that_can_only_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    _fleet.write(process(os.getpid(), "1", 2))
    monkeypatch.setattr(_fleet._files, "locked", refuse)
    for _ in range(2):
        assert answers() == ([], 2)
    assert not (folder() / "gone.json").exists()


def other(name: str, days: float) -> Path:
    """The folder of another host, in which something was written some days ago."""
    there = folder().parent / name
    there.mkdir(parents=True)
    (there / "7-1.json").write_text(json.dumps(process(7, "1", 5)._asdict()), encoding="utf-8")
    (there / "lock").touch()
    when = time.time() - days * DAY
    os.utime(there, (when, when))
    return there


def test_folders_of_other_hosts() -> None:
    """Their processes aren't counted; after 30 days in which nobody wrote there, or read, they are removed."""
    _fleet.write(me(10))
    _fleet.read()  # makes its lock, which is something new in the folder
    old, young = other("old-1", 31), other("young-1", 29)
    (folder().parent / "link").symlink_to(young)
    os.utime(folder().parent / "link", (0, 0), follow_symlinks=False)
    (folder().parent / "file").touch()
    os.utime(folder().parent / "file", (0, 0))
    os.utime(folder(), (0, 0))  # this host's own, however old it is
    assert answers() == ([os.getpid()], 10)
    assert not old.exists()
    assert sorted(os.listdir(folder().parent)) == sorted([folder().name, "young-1", "link", "file"])
    assert len(os.listdir(young)) == 2
    # That somebody has read there counts as well.
    assert folder().stat().st_mtime > time.time() - DAY


def test_a_host_with_another_clock_removes_nothing_that_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages are by the clock that dates files."""
    young = other("young-1", 0)
    _fleet.write(me(10))
    monkeypatch.setattr(time, "time", lambda: 4e9)
    _fleet.read()
    assert young.exists()


def test_an_old_folder_that_can_not_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    old = other("old-1", 31)
    _fleet.write(process(os.getpid(), "1", 2))
    monkeypatch.setattr(os, "rmdir", refuse)
    assert answers() == ([], 2)
    assert old.exists()
    assert sorted(os.listdir(folder())) == ["gone.json", "lock"]


def test_a_folder_that_is_removed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    _fleet.write(me(10))

    def remove(path: str) -> None:
        for file in folder().iterdir():
            file.unlink()
        folder().rmdir()
        raise FileNotFoundError(path)

    monkeypatch.setattr(_fleet._files, "locked", remove)
    assert _fleet.read() == ([], {})
