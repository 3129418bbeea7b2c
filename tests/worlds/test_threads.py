"""Switches flipped while other threads call: every result is right, every call is counted once, nothing leaks."""

from __future__ import annotations

import gc
import resource
import sys
import threading

import pytest

import sky_rust
from tests.functions import candidate

pytestmark = pytest.mark.usefixtures("attached")

CALLS = 10_000_000


def flip(stop: threading.Event) -> None:
    while not stop.wait(0.0005):
        sky_rust.disable("format_float")
        sky_rust.enable("format_float")
        sky_rust.uninstall("truncate_long_string")
        sky_rust.install("truncate_long_string")


@pytest.mark.timeout(600)
def test_ten_million_calls_with_switches_flipped() -> None:
    numbers, strings, hexes = candidate("format_float"), candidate("truncate_long_string"), candidate("base36_encode")
    long = "x" * 60
    arguments = (3.0, 2.5, 7, long, "ff", numbers, strings, hexes)
    for function, argument in ((numbers, 2.5), (strings, long), (hexes, "ff")):
        function(argument)
    gc.collect()
    before, references = sky_rust.stats(), [sys.getrefcount(argument) for argument in arguments]
    stop = threading.Event()
    flipper = threading.Thread(target=flip, args=(stop,))
    flipper.start()
    memory = 0
    wrong = 0
    try:
        for part in range(10):
            for _ in range(CALLS // 100):
                wrong += numbers(3.0) != "3"
                wrong += numbers(2.5, precision=2) != "2.50"
                wrong += numbers(7) != "7"
                wrong += numbers(num=2.5) != "2.5"
                wrong += strings(long, 10) != "xxxxxxxxxx..."
                wrong += strings(long, max_length=100) is not long
                wrong += hexes("ff") != "73"
                wrong += hexes(hex_str="ff") != "73"
                wrong += numbers(True) != "True"  # declined
                wrong += hexes("0xff") != "73"  # declined
            if part == 1:
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    finally:
        stop.set()
        flipper.join()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    gc.collect()
    after = sky_rust.stats()
    assert wrong == 0
    # base36_encode was never switched: its counters are exact. The others count while they are attached.
    assert after["base36_encode"].answers - before["base36_encode"].answers == CALLS // 100 * 10 * 2
    assert after["base36_encode"].declines - before["base36_encode"].declines == CALLS // 100 * 10
    for name, most in (("format_float", 5), ("truncate_long_string", 2)):
        counted = sum(after[name][:2]) - sum(before[name][:2])
        assert 0 < counted <= CALLS // 100 * 10 * most
    now = [sys.getrefcount(argument) for argument in arguments]
    # Other code has references to the shared 7, which come and go; a leak would be one a call: some millions.
    most = [100 if argument is arguments[2] else 2 for argument in arguments]
    assert all(abs(new - old) <= by for new, old, by in zip(now, references, most)), (references, now)
    assert grown < 4096, f"{grown} KiB more than after the first fifth"


def test_many_threads_at_once(tmp_path: object) -> None:
    path = f"{tmp_path}/file"
    with open(path, "wb") as file:
        file.write(b"line\n" * 100_000)
    expected = sky_rust.control("hash_file")(path, "sha256").digest()
    wrong = []

    def work() -> None:
        for _ in range(20):
            if candidate("hash_file")(path, "sha256").digest() != expected:
                wrong.append("hash")
            if candidate("read_last_n_lines")(path, 50_000) != ["line\n"] * 49_999 + ["line"]:
                wrong.append("lines")

    threads = [threading.Thread(target=work) for _ in range(4)]
    stop = threading.Event()

    def toggle() -> None:
        while not stop.wait(0.001):
            for name in ("hash_file", "read_last_n_lines"):
                sky_rust.disable(name)
                sky_rust.enable(name)

    toggler = threading.Thread(target=toggle)
    for thread in (*threads, toggler):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    toggler.join()
    assert not wrong


def test_install_from_many_threads_is_once() -> None:
    threads = [threading.Thread(target=sky_rust.install) for _ in range(8)]
    threads += [threading.Thread(target=sky_rust.uninstall) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sky_rust.install()
    assert all(one.backend == "rust" for one in sky_rust.status().values())
    assert candidate("format_float")(2.5) == "2.5"
    sky_rust.uninstall()
    assert all(one.backend == "python" for one in sky_rust.status().values())


def test_affinity_is_the_calling_threads() -> None:
    import os

    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        pytest.skip("one CPU")
    seen: dict[str, int] = {}

    def pinned() -> None:
        os.sched_setaffinity(0, {cpus[0]})
        seen["pinned"] = candidate("get_cpu_count")()

    before = sky_rust.stats()["get_cpu_count"].answers
    thread = threading.Thread(target=pinned)
    thread.start()
    thread.join()
    seen["main"] = candidate("get_cpu_count")()
    assert seen["pinned"] == 1
    assert seen["main"] == sky_rust.control("get_cpu_count")()
    assert sky_rust.stats()["get_cpu_count"].answers == before + 2


def test_a_dict_that_changes_while_its_directories_are_listed(tmp_path: object) -> None:
    # The result depends on which thread is first, so none is compared: the test is that nothing breaks.
    mounts = {str(index): str(tmp_path) for index in range(50)}
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            mounts["more"] = str(tmp_path)
            mounts.pop("more")

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(300):
            try:
                assert candidate("get_max_workers_for_file_mounts")(mounts) >= 1
            except RuntimeError:
                continue
    finally:
        stop.set()
        thread.join()
