"""Paths of FIFOs, terminals and descriptors: nothing is consumed twice, and no descriptor of the caller's is closed."""

from __future__ import annotations

import gc
import hashlib
import os
import pty
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import sky_rust
from sky_rust.testing import Call, assert_same_outcome
from tests.functions import candidate

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("attached")


def declined(name: str, *args: object) -> object:
    before = sky_rust.stats()[name]
    try:
        return candidate(name)(*args)
    finally:
        after = sky_rust.stats()[name]
        assert (after.answers, after.declines) == (before.answers, before.declines + 1)


def test_a_fifo_is_read_once(tmp_path: Path) -> None:
    path = str(tmp_path / "fifo")
    os.mkfifo(path)

    def write() -> None:
        with open(path, "wb") as file:
            file.write(b"content" * 1000)

    writer = threading.Thread(target=write)
    writer.start()
    found = declined("hash_file", path, "md5")
    writer.join()
    (tmp_path / "same").write_bytes(b"content" * 1000)
    assert found.hexdigest() == sky_rust.control("hash_file")(str(tmp_path / "same"), "md5").hexdigest()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["estimate_fd_for_directory", "get_max_workers_for_file_mounts"])
def test_a_directory_that_was_removed_is_empty(name: str, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    descriptor = os.open(tmp_path / "gone", os.O_RDONLY)
    (tmp_path / "gone").rmdir()
    path = f"/proc/self/fd/{descriptor}"
    argument = path if name == "estimate_fd_for_directory" else {"/data": path}
    try:
        assert_same_outcome(sky_rust.control(name), candidate(name), Call((argument,)))
    finally:
        os.close(descriptor)


def test_a_file_of_the_kernels_that_is_shorter_than_it_says_is_opened_once() -> None:
    path, opened = "/sys/devices/system/cpu/online", []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[0] == path:
            opened.append(path)

    sys.addaudithook(hook)
    before = sky_rust.stats()["read_last_n_lines"].declines
    assert candidate("read_last_n_lines")(path, 1) == sky_rust.control("read_last_n_lines")(path, 1)
    assert opened == [path] * 2
    assert sky_rust.stats()["read_last_n_lines"].declines == before + 1


def test_nobody_can_find_the_memory_that_is_hashed(tmp_path: Path) -> None:
    """Another thread that walks the garbage collector's objects could otherwise keep a view of it."""
    path = tmp_path / "large"
    path.write_bytes(bytes(30 << 20))
    stop, found = threading.Event(), []

    def spy() -> None:
        while not stop.is_set():
            found.extend(one for one in gc.get_objects() if type(one) is memoryview and one not in known)

    known = [one for one in gc.get_objects() if type(one) is memoryview]
    thread = threading.Thread(target=spy)
    thread.start()
    try:
        candidate("hash_file")(str(path), "sha256")
    finally:
        stop.set()
        thread.join()
    assert not found


def test_a_pipe_behind_proc_self_fd() -> None:
    read, write = os.pipe()
    os.write(write, b"piped")
    os.close(write)
    found = declined("hash_file", f"/proc/self/fd/{read}", "sha256")
    assert found.hexdigest() == hashlib.sha256(b"piped").hexdigest()  # type: ignore[attr-defined]
    os.close(read)


def test_a_terminal() -> None:
    controller, terminal = pty.openpty()
    os.write(controller, b"typed\n\x04\x04")  # one end of file for the first buffer, one for the file
    found = declined("hash_file", os.ttyname(terminal), "md5")
    assert found.hexdigest() == hashlib.md5(b"typed\n").hexdigest()  # type: ignore[attr-defined]
    os.close(controller)
    os.close(terminal)


@pytest.mark.parametrize("name", ["hash_file", "read_last_n_lines"])
def test_a_descriptor_as_a_path_is_closed_by_the_original(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\ntwo\n")
    argument = {"hash_file": "md5", "read_last_n_lines": 1}[name]
    for function in (sky_rust.control(name), candidate(name)):
        descriptor = os.open(tmp_path / "file", os.O_RDONLY)
        function(descriptor, argument)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def paths_below(root: str, most: int) -> list[str]:
    found = []
    for folder, _, names in os.walk(root, onerror=None):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.access(path, os.R_OK) and "kmsg" not in name and "pipe" not in name:
                found.append(path)
                if len(found) == most:
                    return found
    return found


STEADY = [
    "/proc/version",
    "/proc/filesystems",
    "/proc/cmdline",
    "/proc/self/cmdline",
    "/proc/self/limits",
    "/proc/self/mountinfo",
    "/proc/self/environ",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/version",
    "/proc/self/mem",
    "/sys/devices/system/cpu/online",
    "/sys/kernel/mm/transparent_hugepage/enabled",
]


@pytest.mark.parametrize("path", STEADY)
def test_files_whose_size_lies(path: str) -> None:
    if not os.path.exists(path):
        pytest.skip("not here")
    for call in (Call((path, 1)), Call((path, 3, 5)), Call((path, 1000))):
        assert_same_outcome(sky_rust.control("read_last_n_lines"), candidate("read_last_n_lines"), call)
    assert_same_outcome(sky_rust.control("hash_file"), candidate("hash_file"), Call((path, "sha256")))


def test_files_below_sys() -> None:
    for path in paths_below("/sys/kernel/mm", 40) + paths_below("/sys/devices/system/cpu/cpu0/topology", 20):
        assert_same_outcome(sky_rust.control("read_last_n_lines"), candidate("read_last_n_lines"), Call((path, 2)))
        assert_same_outcome(sky_rust.control("hash_file"), candidate("hash_file"), Call((path, "md5")))


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x\n" * 100)
    calls = [
        ("hash_file", (str(tmp_path / "file"), "md5")),
        ("hash_file", (str(tmp_path / "file"), "no such")),
        ("hash_file", (str(tmp_path), "md5")),
        ("read_last_n_lines", (str(tmp_path / "file"), 3)),
        ("read_last_n_lines", ("/sys/devices/system/cpu/online", 3)),
        ("find_free_port", (24680,)),
        ("get_cpu_count", ()),
        ("get_mem_size_gb", ()),
        ("estimate_fd_for_directory", (str(tmp_path),)),
        ("is_process_alive", (1,)),
    ]
    for _ in range(2):
        before = os.listdir("/proc/self/fd")
        for name, args in calls * 20:
            try:
                candidate(name)(*args)
            except (OSError, ValueError):
                continue
        assert os.listdir("/proc/self/fd") == before


def test_a_new_file_at_the_same_path(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"first\n", b"second\n", b"x" * 300_000 + b"\nthird", b""):
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        assert_same_outcome(sky_rust.control("hash_file"), candidate("hash_file"), Call((str(path), "sha256")))
        assert_same_outcome(sky_rust.control("read_last_n_lines"), candidate("read_last_n_lines"), Call((str(path), 1)))


def test_a_relative_path_after_chdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        assert candidate("read_last_n_lines")("file", 1) == [name]
