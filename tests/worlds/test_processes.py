"""Child processes: forked with natives attached, or spawned and importing sky-rust anew."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from typing import Any

import pytest

import sky_rust
from tests.functions import NAMES, candidate

pytestmark = pytest.mark.usefixtures("attached")


def child(answers: Any) -> None:
    import sky_rust
    from sky_rust.utils import common_utils, subprocess_utils

    results = (
        common_utils.format_float(2.5),
        common_utils.base36_encode("ff"),
        common_utils.hash_file(__file__, "md5").hexdigest(),
        common_utils.read_last_n_lines(__file__, 2),
        subprocess_utils.get_parallel_threads("kubernetes"),
        subprocess_utils.is_process_alive(os.getpid()),
    )
    before = sky_rust.stats()["format_float"].answers
    sky_rust.disable("format_float")
    off = common_utils.format_float(2.5)
    sky_rust.enable("format_float")
    answers.put((results, off, common_utils.format_float(2.5), sky_rust.stats()["format_float"].answers - before))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_has_natives(method: str) -> None:
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    process = context.Process(target=child, args=(answers,))
    process.start()
    results, off, on, answered = answers.get(timeout=120)
    process.join()
    assert process.exitcode == 0
    assert (off, on, answered) == ("2.5", "2.5", 1)
    assert results[:2] == ("2.5", "73")
    assert results[2] == sky_rust.control("hash_file")(__file__, "md5").hexdigest()
    assert results[3] == sky_rust.control("read_last_n_lines")(__file__, 2)
    assert results[4:] == (sky_rust.control("get_parallel_threads")("kubernetes"), True)


def test_fork_while_other_threads_call_and_switch() -> None:
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            candidate("format_float")(2.5)
            sky_rust.disable("format_float")
            sky_rust.enable("format_float")

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    sky_rust.disable("format_float")
                    sky_rust.enable("format_float")
                    right = candidate("format_float")(2.5) == "2.5" and candidate("base36_encode")("ff") == "73"
                    code = 0 if right else 2
                finally:
                    os._exit(code)
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_zombie_is_alive() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet waited for
    alive = candidate("is_process_alive")
    before = sky_rust.stats()["is_process_alive"].answers
    assert alive(pid) is sky_rust.control("is_process_alive")(pid) is True
    os.waitpid(pid, 0)
    assert alive(pid) is sky_rust.control("is_process_alive")(pid) is False
    assert sky_rust.stats()["is_process_alive"].answers == before + 2


def test_a_threads_number_is_alive() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    number = thread.native_id
    try:
        assert number != os.getpid()
        assert candidate("is_process_alive")(number) is sky_rust.control("is_process_alive")(number) is True
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_pickled_by_name(name: str) -> None:
    function = candidate(name)
    assert pickle.loads(pickle.dumps(function)) is function
