"""Each side from which calls are looked at shows what is wrong there, with functions that are wrong on purpose."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust.testing import (
    At,
    BusyPorts,
    Call,
    Clock,
    Extended,
    File,
    Logger,
    Meanwhile,
    MismatchError,
    Spied,
    _shortage,
    _spies,
    _suite,
    _supervision,
    assert_same_outcome,
)
from sky_rust.testing._children import ChildError

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = File(b"a line\n" * 20_000)
KEPT: list[object] = []

needs_supervisor = pytest.mark.skipif(bool(_supervision.can_supervise()), reason="no process can be supervised here")


def control(path: str) -> int:
    size = 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(65_536):
            size += len(piece)
    return size


def found(wrong: Callable[..., Any], call: Call, right: Callable[..., Any] = control, **options: Any) -> str:
    """The differences that are found; '' for none."""
    try:
        assert_same_outcome(right, wrong, call, **options)
    except MismatchError as error:
        return "\n".join(error.differences)
    return ""


def leaves_open(path: str) -> int:
    os.open(path, os.O_RDONLY)
    return control(path)


def leaves_a_child(path: str) -> int:
    subprocess.Popen([sys.executable, "-c", ""])
    return control(path)


def holds_its_argument(path: str) -> int:
    KEPT.append(path)
    return control(path)


def holds_memory(path: str) -> int:
    KEPT.append(bytearray(40))
    return control(path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (leaves_open, "open: "),
        (leaves_a_child, "children: +1"),
        (holds_its_argument, "references: (0,) (control), (1,)"),
    ],
)
def test_what_a_call_leaves_behind(wrong: Callable[[str], int], words: str) -> None:
    assert found(control, Call((FILE,))) == ""
    assert words in found(wrong, Call((FILE,)))


def test_what_many_calls_leave_behind() -> None:
    small = Call((File(b"small"),))
    for _ in range(3):  # what other calls have left in Python's free lists doesn't count
        assert found(control, small, repeated=True) == ""
        assert "blocks of Python's memory" in found(holds_memory, small, repeated=True)


def sized(path: str) -> int:
    return os.stat(path).st_size


def test_a_name_that_is_not_looked_up() -> None:
    path = f"{__name__}:open"
    assert path in _spies.looked_up(control)
    assert "used: " in found(sized, Call((FILE,), worlds=(Spied(path),)))
    assert found(control, Call((FILE,), worlds=(Spied(path),))) == ""


HEARD = f"""
import os
from sky_rust.testing import Call, File, OnEvent, assert_same_outcome
from {__name__} import control, found, sized
print(found(control, Call((File(b"x"),)), listen=True))
print(found(sized, Call((File(b"x"),)), listen=True))
print(found(sized, Call((File(b"x"),), worlds=(OnEvent("open", raises=PermissionError),)), listen=True))
"""


def test_events_that_are_missing_and_hooks_that_are_not_asked() -> None:
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", HEARD], capture_output=True, text=True, check=True)
    nothing, missing, *forbidden = ran.stdout.splitlines()
    assert nothing == ""
    assert missing.startswith("  events: (('open', ")
    assert missing.endswith(" () (candidate)")
    assert "PermissionError" in "".join(forbidden)


ABOUT = f"""
from sky_rust.testing import Call, File, OnEvent, observe
from {__name__} import control
for about in (None, File(b"x").path(), "another"):
    call = Call((File(b"x"),), worlds=(OnEvent("open", raises=PermissionError, about=about),))
    print(observe(control, call, listen=True).exception is not None)
"""


def test_hooks_that_forbid_what_is_about_one_thing() -> None:
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", ABOUT], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True", "False"]


# What a call finds.


def remembers_the_time(moments: list[float] = []) -> float:  # noqa: B006
    moments.append(time.time())
    return moments[0]


def test_a_clock_that_stands() -> None:
    moments = (1e9, 2e9)
    shown = [found(remembers_the_time, Call(worlds=(Clock(one),)), lambda: time.time()) for one in moments]
    assert "value: " in shown[1]
    with Clock(1e9).entered():
        assert (time.time(), datetime.now(timezone.utc)) == (1e9, datetime.fromtimestamp(1e9, timezone.utc))
    assert time.time() > 1.7e9
    assert datetime.now(timezone.utc).timestamp() > 1.7e9


LISTED: list[object] = []


def items_in_the_end(_: str) -> list[object]:
    time.sleep(0.5)
    return [*LISTED]


def items_at_first(_: str) -> list[object]:
    before = [*LISTED]
    time.sleep(0.5)
    return before


def test_a_list_that_gets_longer_during_a_call() -> None:
    call = Call(("",), worlds=(Extended(f"{__name__}:LISTED", 7, seconds=0.05),))
    assert found(items_in_the_end, call, items_in_the_end) == ""
    assert "value: (<class 'list'>, [(<class 'int'>, 7)]) (control)" in found(items_at_first, call, items_in_the_end)
    assert LISTED == []


logger = logging.getLogger(__name__)


@pytest.mark.parametrize(
    ("state", "is_seen"),
    [("a handler that sees it", True), ("a handler that doesn't see it", False), ("no level", False)],
)
def test_a_logger_in_another_state(state: str, is_seen: bool, capfd: pytest.CaptureFixture[str]) -> None:
    with Logger(__name__, state).entered():
        logger.debug("planted")
    assert ("planted" in capfd.readouterr().err) == is_seen
    assert logger is logging.getLogger(__name__)


# System calls.


def ends_at_the_size(path: str) -> int:
    size = 0
    with open(path, "rb", buffering=0) as file:
        end = os.fstat(file.fileno()).st_size
        while size < end:
            size += len(file.read(min(end - size, 65_536)))
    return size


def takes_errors_for_the_end(path: str) -> int:
    size = 0
    with open(path, "rb", buffering=0) as file:
        try:
            while piece := file.read(65_536):
                size += len(piece)
        except OSError:
            pass
    return size


def remembers(path: str, known: dict[str, int] = {}) -> int:  # noqa: B006
    return known.setdefault(path, control(path))


def reads_once(path: str) -> int:
    with open(path, "rb", buffering=0) as file:
        return len(file.read(os.fstat(file.fileno()).st_size))


def deaf(path: str) -> int:
    size = 0
    file = os.open(path, os.O_RDONLY)
    try:
        while True:
            try:
                piece = os.read(file, 4096)
            except BaseException:  # a handler's exception is lost
                continue
            if not piece:
                return size
            size += len(piece)
    finally:
        os.close(file)


@needs_supervisor
@pytest.mark.parametrize(
    ("wrong", "meanwhile", "words"),
    [
        (ends_at_the_size, Meanwhile(At("read", "{0}"), change="grown"), "value: "),
        (takes_errors_for_the_end, Meanwhile(At("read", "{0}"), error=errno.EIO), "exception: "),
        (reads_once, Meanwhile(At("read", "{0}"), short=True), "value: "),
        (deaf, Meanwhile(At("read", "{0}"), handler="raise"), "exception: "),
        (remembers, Meanwhile(At("read", "{0}"), change="halved"), "value: "),
    ],
    ids=["a size from before", "an error", "short reads", "a signal", "a cache"],
)
def test_what_happens_during_a_call(wrong: Callable[[str], int], meanwhile: Meanwhile, words: str) -> None:
    assert found(control, Call((FILE,)), meanwhile=meanwhile) == ""
    assert words in found(wrong, Call((FILE,)), meanwhile=meanwhile)


def bound(port: int) -> int:
    with socket.socket() as one:
        one.bind(("", port))
    return port


def reuses(port: int) -> int:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("", port))
    return port


@needs_supervisor
def test_system_calls_with_an_effect() -> None:
    call = Call((0,), worlds=(BusyPorts(frozenset()),))
    assert found(bound, call, bound, meanwhile=Meanwhile()) == ""
    assert "effects: {} (control), {'setsockopt (1, 2)': 1} (candidate)" in found(
        reuses, call, bound, meanwhile=Meanwhile()
    )


# Memory that runs out.


def counted(numbers: list[int]) -> dict[int, str]:
    return {number: str(number) * 40 for number in numbers}


def ends_early(numbers: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for number in numbers:
            found[number] = str(number) * 40
    except MemoryError:
        pass
    return found


def keeps_the_list(numbers: list[int]) -> dict[int, str]:
    try:
        return counted(numbers)
    except MemoryError:
        KEPT.append(numbers)
        raise


def dies(numbers: list[int]) -> dict[int, str]:
    try:
        return counted(numbers)
    except MemoryError:
        os.abort()


def dies_anyway(numbers: list[int]) -> None:
    os.abort()


def has_an_error_of_its_own(numbers: list[int]) -> dict[int, str]:
    try:
        return counted(numbers)
    except MemoryError:
        raise SystemError from None


def names_an_object(numbers: list[int]) -> dict[int, str]:
    try:
        return counted(numbers)
    except MemoryError:
        raise SystemError(f"<object at {os.getpid():#x}>") from None  # in each process, it is elsewhere


needs_shortage = pytest.mark.skipif(bool(_shortage.can_be_made()), reason="no allocation can fail here")


@needs_shortage
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (ends_early, "(<class 'dict'>, ["),
        (keeps_the_list, "references to the arguments are left"),
        (dies, "the process: it ended by the signal SIGABRT"),
        (has_an_error_of_its_own, "SystemError"),
    ],
    ids=["a part of the result", "a reference", "an abort", "another error"],
)
def test_memory_that_runs_out(wrong: Callable[[list[int]], dict[int, str]], words: str) -> None:
    call = Call(([1000, 2000, 3000],))
    assert _shortage.shortage(counted, counted, call).lines == ()
    found_out = _shortage.shortage(counted, wrong, call)
    assert words in "".join(found_out.lines)
    # The one allocation shows it again, as the printed script has it.
    assert words in found(wrong, call, counted, meanwhile=Meanwhile(allocation=found_out.allocation))
    assert found(counted, call, counted, meanwhile=Meanwhile(allocation=found_out.allocation)) == ""


@needs_shortage
def test_a_native_that_is_off_after_memory_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, is_off = [0], [False]

    def native(numbers: list[int]) -> dict[int, str]:
        answers[0] += not is_off[0]
        try:
            return counted(numbers)
        except MemoryError:
            is_off[0] = True
            raise

    monkeypatch.setattr(_shortage, "_answers", lambda: answers[0])
    assert "answers no more" in "".join(_shortage.shortage(counted, native, Call(([1000],))).lines)


@needs_shortage
def test_a_shortage_of_a_call_that_always_ends_its_process() -> None:
    assert _shortage.shortage(dies_anyway, dies_anyway, Call(([1000],))).lines == ()


@needs_shortage
def test_an_error_that_names_an_address() -> None:
    assert _shortage.shortage(names_an_object, names_an_object, Call(([1000],))).lines == ()
    assert "SystemError" in "".join(_shortage.shortage(counted, names_an_object, Call(([1000],))).lines)


@needs_shortage
def test_an_error_of_the_suite_is_no_outcome_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise OSError("no counts")

    monkeypatch.setattr(_shortage, "_answers", fails)
    with pytest.raises(ChildError, match="no counts"):
        _shortage.shortage(counted, counted, Call(([1000],)))


@needs_shortage
def test_all_allocations_of_a_call_fail() -> None:
    made = _shortage.shortage(counted, counted, Call((list(range(1000, 1400)),))).made
    assert made > 150  # each of the first ones, and some of the others


class PanicError(BaseException):
    """What a library in Rust raises where it panics."""


def panics(path: str) -> int:
    raise PanicError


def test_an_exception_of_no_common_class_is_an_outcome() -> None:
    assert found(panics, Call((FILE,)), panics) == ""
    assert "PanicError" in found(panics, Call((FILE,)))


# Long calls.


def long_and_deaf(seconds: float) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        time.sleep(seconds)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def test_long_calls_that_no_signal_ends() -> None:
    call = Call((0.6,))
    assert found(time.sleep, call, time.sleep, meanwhile=Meanwhile(handler="raise")) == ""
    assert "the end: " in found(long_and_deaf, call, time.sleep, meanwhile=Meanwhile(handler="raise"))


def test_calls_that_a_clock_changes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [5]
    monkeypatch.setattr(time, "sleep", lambda _: seconds.append(6))

    def ago(start: int, absolute: bool = False) -> str:
        return f"{seconds[-1] - start} s" if absolute else "a while"

    calls = [Call((1,), defaults=(True,)), Call((1,), defaults=(False,)), Call((1, False), defaults=(True,))]
    assert _suite._steady(ago, calls) == calls[1:]
