"""Signals during a native: handlers run, may call the same function, and may end it."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import sky_rust
from tests.functions import candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("attached")


@contextmanager
def every(seconds: float, handler: Callable[..., object], *, once: bool = False) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0 if once else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("large") / "file"
    path.write_bytes(b"a line of some length\r\n" * 3_000_000)
    return str(path)


def test_a_handler_calls_the_function_that_it_interrupts(large: str) -> None:
    small = __file__
    hash_file, lines = candidate("hash_file"), candidate("read_last_n_lines")
    expected = (
        sky_rust.control("hash_file")(large, "sha256").digest(),
        sky_rust.control("hash_file")(small, "md5").digest(),
    )
    inner = []

    def handler(*_: object) -> None:
        inner.append(hash_file(small, "md5").digest())
        inner.append(lines(small, 1) == sky_rust.control("read_last_n_lines")(small, 1))
        sky_rust.disable("hash_file")
        sky_rust.enable("hash_file")

    before = sky_rust.stats()["hash_file"].answers
    with every(0.002, handler):
        assert hash_file(large, "sha256").digest() == expected[0]
        assert len(lines(large, 2_000_000)) == 2_000_000
    assert sky_rust.stats()["hash_file"].answers > before + 1
    assert len(inner) > 4
    assert set(inner) == {expected[1], True}


class EnoughError(Exception):
    """The exception that a handler raises."""


def test_ctrl_c_ends_long_work(large: str) -> None:
    huge = "f" * 400_000  # minutes in Python, seconds in Rust

    def handler(*_: object) -> None:
        raise EnoughError

    for call in (
        lambda: candidate("base36_encode")(huge),
        lambda: [candidate("hash_file")(large, "sha512") for _ in range(50)],
        lambda: [candidate("read_last_n_lines")(large, 10**7) for _ in range(50)],
    ):
        with pytest.raises(EnoughError), every(0.02, handler, once=True):
            call()
    assert candidate("base36_encode")("ff") == "73"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("is_process_alive", (os.getpid(),)), ("hash_file", (__file__, "sha256")), ("read_last_n_lines", (__file__, 1))],
)
def test_ctrl_c_is_never_lost(name: str, arguments: tuple[object, ...]) -> None:
    """It may come while an audit hook or hashlib runs Python code, and must not pass for an exception of that code."""
    function = candidate(name)

    def handler(*_: object) -> None:
        raise KeyboardInterrupt

    def poll() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            function(*arguments)

    before = sky_rust.stats()[name].answers
    for _ in range(200):
        with pytest.raises(KeyboardInterrupt), every(0.0005, handler, once=True):
            poll()
    assert sky_rust.stats()[name].answers > before


def test_other_threads_run_meanwhile(large: str) -> None:
    ticks = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.is_set():
            ticks += 1
            time.sleep(0)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        before = ticks
        candidate("hash_file")(large, "md5")
        assert ticks > before
        before = ticks
        candidate("base36_encode")("f" * 60_000)
        assert ticks > before
    finally:
        stop.set()
        thread.join()


def test_a_read_that_a_signal_interrupts_goes_on(large: str) -> None:
    handled = []
    with every(0.0005, lambda *_: handled.append(1)):
        found = candidate("hash_file")(large, "sha1").hexdigest()
    assert handled
    assert found == sky_rust.control("hash_file")(large, "sha1").hexdigest()
    assert os.path.exists(large)
