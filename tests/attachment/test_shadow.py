"""Shadow: the control's outcome is the caller's, and an observer sees both."""

from __future__ import annotations

import gc
import hashlib
import logging
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust import _attachment, _install, _native, _shadow
from sky_rust.testing import BusyPorts
from tests.functions import NAMES, candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Seen = tuple[Any, ...]


@pytest.fixture
def watch(attached: None) -> Iterator[Callable[..., list[Seen]]]:
    """Sets an observer of a function, and another control if one is given; returns a list of the observer's calls."""

    def begin(name: str, verdict: Callable[..., Any] = lambda *_: True, control: Any = None) -> list[Seen]:
        seen: list[Seen] = []

        def observer(*outcomes: Any) -> Any:
            seen.append(outcomes)
            return verdict(*outcomes)

        with mock.patch.object(_attachment, "control", lambda _: control) if control else mock.MagicMock():
            _install.set_observer(name, observer)
        assert sky_rust.status()[name].backend == "rust"
        return seen

    yield begin
    for name in NAMES:
        _install.set_observer(name, None)


def stats(name: str) -> list[int]:
    return list(sky_rust.stats()[name][:4])


def test_an_observer_sees_the_arguments_and_both_outcomes(watch: Callable[..., list[Seen]]) -> None:
    seen = watch("truncate_long_string")
    long, function, before = "x" * 60, candidate("truncate_long_string"), stats("truncate_long_string")
    cut = "x" * 35 + "..."
    assert function(long) == cut
    assert function(truncate_middle=False, s=long) == cut
    assert function(long, 10, True) == "xxxx...xxx"
    assert seen == [((long, 35, False), cut, None, cut, None)] * 2 + [
        ((long, 10, True), "xxxx...xxx", None, "xxxx...xxx", None)
    ]
    assert stats("truncate_long_string") == [before[0] + 3, before[1], before[2] + 3, before[3]]
    function("", -1)  # declined: neither the control nor the observer is called
    assert len(seen) == 3


def test_the_caller_gets_the_controls_value(watch: Callable[..., list[Seen]]) -> None:
    before = stats("format_float")
    seen = watch("format_float", lambda *_: False, control=lambda num, precision: ["the control's"])
    assert candidate("format_float")(2.5) == ["the control's"]
    assert seen == [((2.5, 1), "2.5", None, ["the control's"], None)]
    assert stats("format_float") == [before[0] + 1, before[1], before[2] + 1, before[3] + 1]
    _install.set_observer("format_float", None)
    assert candidate("format_float")(2.5) == "2.5"


def test_the_caller_gets_the_controls_exception_as_it_is(watch: Callable[..., list[Seen]]) -> None:
    def control(num: object, precision: object) -> object:
        try:
            raise OSError("cause")
        except OSError as error:
            raise RuntimeError("control") from error

    seen = watch("format_float", control=control)
    try:
        try:
            raise KeyError("handled")
        except KeyError:
            candidate("format_float")(2.5)
    except RuntimeError as error:
        caught = error
    assert isinstance(caught.__cause__, OSError)
    assert caught.__context__ is caught.__cause__
    assert isinstance(caught.__context__.__context__, KeyError)
    assert [frame.f_code.co_name for frame, _ in traceback.walk_tb(caught.__traceback__)] == [
        sys._getframe().f_code.co_name,
        "control",
    ]
    assert seen == [((2.5, 1), "2.5", None, None, caught)]


def test_an_exception_of_the_natives_is_shown(watch: Callable[..., list[Seen]]) -> None:
    seen = watch("find_free_port")
    with BusyPorts(frozenset((65534,))).entered(), pytest.raises(OSError, match="No free ports") as caught:
        candidate("find_free_port")(65534)
    [(arguments, value, error, control_value, control_error)] = seen
    assert (arguments, value, control_value) == ((65534,), None, None)
    assert control_error is caught.value is not error
    assert repr(error) == repr(control_error)
    assert error.__traceback__ is None  # the native has no frame


@pytest.mark.parametrize("verdict", [True, None, False, "no verdict"])
def test_what_is_counted(watch: Callable[..., list[Seen]], verdict: object) -> None:
    before, moved_before = stats("format_float"), sky_rust.stats()["format_float"].moved
    watch("format_float", lambda *_: verdict)
    assert candidate("format_float")(2.5) == "2.5"
    moved, mismatches = verdict is None, verdict in (False, "no verdict")
    assert stats("format_float") == [before[0] + 1, before[1], before[2] + (not moved), before[3] + mismatches]
    assert sky_rust.stats()["format_float"].moved == moved_before + moved


def test_an_observer_that_fails(watch: Callable[..., list[Seen]]) -> None:
    def fail(*_: object) -> bool:
        raise ValueError("the observer's own")

    before = stats("format_float")
    for control, expected in ((None, "2.5"), (mock.Mock(side_effect=KeyError("control")), KeyError)):
        watch("format_float", fail, control)
        with mock.patch.object(sys, "unraisablehook") as hook:
            if expected is KeyError:
                with pytest.raises(KeyError, match="control") as caught:
                    candidate("format_float")(2.5)
                assert caught.value.__context__ is None
            else:
                assert candidate("format_float")(2.5) == expected
        assert str(hook.call_args.args[0].exc_value) == "the observer's own"
    assert stats("format_float") == [before[0] + 2, *before[1:]]


def test_ctrl_c_is_nobodys_own(watch: Callable[..., list[Seen]]) -> None:
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    watch("format_float", interrupted)
    with pytest.raises(KeyboardInterrupt):
        candidate("format_float")(2.5)
    seen = watch("format_float", control=interrupted)
    with pytest.raises(KeyboardInterrupt):
        candidate("format_float")(2.5)
    assert len(seen) == 1


def test_a_signal_that_ends_a_native_comes_once(watch: Callable[..., list[Seen]]) -> None:
    control = mock.Mock()
    watch("base36_encode", control=control)

    def handler(*_: object) -> None:
        raise LookupError("a handler's")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        with pytest.raises(LookupError, match="a handler's"):
            candidate("base36_encode")("f" * 400_000)
    finally:
        signal.signal(signal.SIGALRM, before)
    control.assert_not_called()


def test_a_control_and_an_observer_may_call_what_is_shadowed(watch: Callable[..., list[Seen]]) -> None:
    inner = watch("get_parallel_threads")
    outer = watch("get_max_workers_for_file_mounts")
    workers = candidate("get_max_workers_for_file_mounts")({}, "aws")
    assert [seen[1] for seen in outer] == [workers]
    assert [seen[0] for seen in inner] == [("aws",)]  # the outer control has called it

    function = candidate("format_float")
    seen = watch("format_float", lambda arguments, *_: function(arguments[0] - 1) if arguments[0] > 1 else True)
    assert function(3.5) == "3.5"
    assert [arguments for (arguments, *_) in seen] == [(3.5, 1), (2.5, 1), (1.5, 1), (0.5, 1)]


def test_switched_off_by_its_own_control_and_observer(watch: Callable[..., list[Seen]]) -> None:
    def control(num: float, precision: int) -> str:
        sky_rust.uninstall("format_float")
        _install.set_observer("format_float", None)
        gc.collect()
        return "control"

    seen = watch("format_float", control=control)
    assert candidate("format_float")(2.5) == "control"
    assert len(seen) == 1
    assert candidate("format_float")(2.5) == "2.5"
    sky_rust.install()
    assert len(seen) == 1


def test_still_observed_after_install_again(watch: Callable[..., list[Seen]]) -> None:
    seen = watch("format_float")
    for change in (sky_rust.install, sky_rust.uninstall, sky_rust.install):
        change()
        candidate("format_float")(2.5)
    assert len(seen) == 2


def test_nothing_is_leaked(watch: Callable[..., list[Seen]]) -> None:
    def control(num: float, precision: int) -> object:
        if num > 3:
            raise error
        return result

    number, large, result, error = 2.75, 3.75, object(), ValueError()
    watch("format_float", control=control)
    _install.set_observer("format_float", lambda *_: True)  # an observer that keeps no reference
    with mock.patch.object(_attachment, "control", lambda _: control):
        _install.set_observer("format_float", lambda *_: True)
    function = candidate("format_float")

    def references() -> list[int]:
        for _ in range(1000):
            assert function(number) is result
            with pytest.raises(ValueError):  # noqa: PT011
                function(large)
            error.__traceback__ = None
        gc.collect()
        return [sys.getrefcount(one) for one in (number, large, result, error, control, function, None)][:6]

    assert references() == references()


def test_observers_come_and_go_while_others_call(watch: Callable[..., list[Seen]]) -> None:
    function, stop = candidate("format_float"), threading.Event()

    def flip() -> None:
        while not stop.wait(0.0005):
            _install.set_observer("format_float", lambda *_: True)
            _install.set_observer("format_float", None)

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        assert {function(2.5) for _ in range(300_000)} == {"2.5"}
    finally:
        stop.set()
        thread.join()


class Odd(str):
    """A subclass of str: the types differ where the values are equal."""


@pytest.mark.parametrize(
    ("name", "arguments", "value", "control_value"),
    [
        ("format_float", (1.5, 1), "1.5", "1.50"),
        ("format_float", (1.5, 1), "1.5", Odd("1.5")),
        ("get_cpu_count", (), 1, True),
        ("get_mem_size_gb", (), 0.0, -0.0),
        ("read_last_n_lines", ("/f", 1), ["a"], [Odd("a")]),
        ("read_last_n_lines", ("/f", 1), ["a"], ("a",)),
        ("hash_file", ("/f", "md5"), hashlib.new("md5", b"a"), hashlib.new("md5", b"b")),
        ("truncate_long_string", ("a b", 9, False), "a b", "a b".replace("b", "")[:2] + "b"),
    ],
)
def test_what_differs(
    name: str, arguments: Seen, value: object, control_value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_shadow, "_moved", lambda *_: False)
    reports: list[str] = []
    compare = _shadow.observer(name, reports.append)
    if name == "truncate_long_string":
        value = arguments[0]  # the argument itself
        assert value is not control_value
    assert compare(arguments, value, None, control_value, None) is False
    assert reports[0].startswith(f"{name}({', '.join(map(repr, arguments))}) differs:\n  ")
    assert compare(arguments, value, None, value, None) is True
    assert compare(arguments, value, None, None, OSError(2, "gone")) is False
    assert "FileNotFoundError" in reports[1]
    assert "gone" in reports[1]
    assert compare(arguments, None, OSError(2, "gone"), None, OSError(2, "gone")) is True
    assert compare(arguments, None, OSError(2, "gone"), None, OSError(2, "other")) is False
    assert compare(arguments, value, None, None, KeyboardInterrupt()) is None
    assert len(reports) == 3


def test_hashes_and_not_a_numbers_are_the_same() -> None:
    reports: list[str] = []
    compare = _shadow.observer("hash_file", reports.append)
    assert compare(("/f",), hashlib.new("md5", b"a"), None, hashlib.new("md5", b"a"), None)
    assert compare(("/f",), float("nan"), None, float("nan"), None)
    assert not reports


class World:
    """A control and a native that are asked again, of what they see at that time."""

    def __init__(self, *control: object, native: object) -> None:
        self._control = iter(control)
        self._native = native

    def control(self, _: str) -> Callable[..., object]:
        """A control whose calls have the outcomes that were given, one after the other."""

        def call(*arguments: object) -> object:
            value = next(self._control)
            if isinstance(value, BaseException):
                raise value
            return value

        return call

    def ask(self, name: str, arguments: Seen) -> Any:
        """The native's outcome; None: it declines."""
        if self._native is None or isinstance(self._native, tuple):
            return self._native
        return self._native, None


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        (World("1.7", native="1.5"), None),  # the control has another answer now
        (World(OSError("gone"), native="1.5"), None),
        (World("1.5", native="1.5"), None),  # and that is the native's of before
        (World("1.6", native="1.6"), None),  # the native agrees with the control now
        (World("1.6", native=None), None),  # or declines
        (World("1.6", "1.7", native="1.5"), None),  # the second time
        (World("1.6", "1.6", "1.6", native="1.5"), False),
        (World("1.6", "1.6", "1.6", native=(None, OSError("no"))), False),
    ],
)
def test_what_moved(world: World, verdict: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_attachment, "control", world.control)
    monkeypatch.setattr(_native, "ask", world.ask)
    reports: list[str] = []
    assert _shadow.observer("format_float", reports.append)((1.55, 1), "1.5", None, "1.6", None) is verdict
    assert len(reports) == (verdict is False)


def test_the_native_is_asked_as_a_call_would_ask_it(attached: None) -> None:
    assert _native.ask("format_float", (2.5, 1)) == ("2.5", None)
    assert _native.ask("format_float", ("2.5", 1)) is None
    assert _native.ask("format_float", (2.5,)) is None  # too few
    with BusyPorts(frozenset((65534,))).entered():
        value, error = _native.ask("find_free_port", (65534,))
    assert value is None
    assert isinstance(error, OSError)
    before = sky_rust.stats()
    _native.ask("format_float", (2.5, 1))
    assert sky_rust.stats() == before
    sky_rust.disable("format_float")
    assert _native.ask("format_float", (2.5, 1)) is None


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_a_share_of_the_calls(attached: None, rate: float) -> None:
    before = sky_rust.stats()["format_float"]
    sky_rust.shadow("format_float", rate=rate)
    assert sky_rust.status()["format_float"].switch == "shadow"
    for _ in range(4000):
        assert candidate("format_float")(2.5) == "2.5"
    after = sky_rust.stats()["format_float"]
    compared = after.shadowed - before.shadowed
    assert abs(compared - 4000 * rate) <= (300 if rate == 0.25 else 0)  # ten standard deviations
    assert after.answers - before.answers == compared
    left_out = after.reasons.get("left out of shadow's share", 0) - before.reasons.get("left out of shadow's share", 0)
    assert left_out == 4000 - compared == after.declines - before.declines


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share(rate: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.0 to 1\.0"):
        sky_rust.shadow("format_float", rate=rate)


def test_the_breaker(attached: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted difference: the control that shadow calls says something else than SkyPilot's function."""
    with monkeypatch.context() as patch:
        patch.setattr(_attachment, "control", lambda name: lambda num, precision: "the control's")
        sky_rust.shadow("format_float")
        function, before = candidate("format_float"), sky_rust.stats()["format_float"].mismatches
        with mock.patch.object(logging.getLogger("sky_rust"), "warning") as warning:
            assert function(2.5) == "the control's"
    assert sky_rust.stats()["format_float"].mismatches == before + 1
    status = sky_rust.status()["format_float"]
    assert (status.switch, status.backend) == ("off", "python")
    digest, other = (hashlib.sha256(text).hexdigest()[:16] for text in (b"the control's", b"2.5"))
    assert status.reason == (
        "switched off by a mismatch in shadow: format_float(<float>, <int>) differs:\n"
        f"  <str of 13, sha256 {digest}> (control), <str of 3, sha256 {other}> (candidate)"
    )
    (text, name, report), _ = warning.call_args
    assert text % (name, report) == "format_float is switched off in this process: " + status.reason.partition(": ")[2]
    assert "2.5" not in report
    assert function(2.5) == "2.5"  # Python's
    assert sky_rust.stats()["format_float"].mismatches == before + 1
    sky_rust.enable("format_float")
    assert sky_rust.status()["format_float"].backend == "rust"


def test_a_log_that_grows_between_native_and_control(
    attached: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    real = _attachment.control("read_last_n_lines")

    def growing(*arguments: object) -> object:
        with path.open("ab") as file:
            file.write(b"two\n")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_attachment, "control", lambda _: growing)
        sky_rust.shadow("read_last_n_lines")
    before = sky_rust.stats()["read_last_n_lines"]
    assert candidate("read_last_n_lines")(str(path), 5) == ["one\n", "two"]
    after = sky_rust.stats()["read_last_n_lines"]
    assert (after.moved, after.mismatches) == (before.moved + 1, before.mismatches)
    assert sky_rust.status()["read_last_n_lines"].switch == "shadow"


def test_what_cannot_be_compared_differs() -> None:
    class Unequal:
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        __hash__ = None  # type: ignore[assignment]

    reports: list[str] = []
    compare = _shadow.observer("format_float", reports.append)
    assert compare((1.5, 1), Unequal(), None, Unequal(), None) is False
    assert "can't be compared: ZeroDivisionError()" in reports[0]
