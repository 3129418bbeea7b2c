"""Declines are counted by their reason, and shadow compares also where only a visible record is the reason."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust import _attachment, _install
from sky_rust.testing import BusyPorts
from sky_rust.testing.functions.common_utils.find_free_port import quiet_ports
from tests.functions import candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("attached")


@contextlib.contextmanager
def counted(name: str) -> Iterator[dict[str, Any]]:
    """What the counts of a function have grown by."""
    before, grown = sky_rust.stats()[name], dict[str, Any]()
    yield grown
    after = sky_rust.stats()[name]
    grown.update({field: getattr(after, field) - getattr(before, field) for field in after._fields[:4]})
    reasons = {reason: count - before.reasons.get(reason, 0) for reason, count in after.reasons.items()}
    grown["reasons"] = {reason: count for reason, count in reasons.items() if count}
    assert sum(grown["reasons"].values()) == grown["declines"]


@contextlib.contextmanager
def visible(name: str) -> Iterator[io.StringIO]:
    """A handler that the original's DEBUG records come to."""
    module = "common_utils" if name == "find_free_port" else "subprocess_utils"
    logger, text = logging.getLogger(f"sky.utils.{module}"), io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(funcName)s:%(lineno)d: %(message)s"))
    logger.addHandler(handler)
    try:
        yield text
    finally:
        logger.removeHandler(handler)


def test_the_arguments() -> None:
    with counted("format_float") as grown:
        candidate("format_float")(10**30)
        candidate("format_float")(2.5)
    assert (grown["answers"], grown["reasons"]) == (1, {"arguments": 1})


def test_a_record_that_could_be_seen() -> None:
    port = quiet_ports()
    with visible("find_free_port"), counted("find_free_port") as grown:
        assert candidate("find_free_port")(port) == port
        with pytest.raises(OverflowError):
            candidate("find_free_port")(-1)
    assert grown["reasons"] == {"a record could be seen": 1, "arguments": 1}


def test_patched() -> None:
    from sky.utils import common_utils

    with mock.patch.object(common_utils, "int", int, create=True), counted("format_float") as grown:
        candidate("format_float")(2.5)
    assert grown["reasons"] == {"patched": 1}


def test_a_library() -> None:
    from sky.utils import common_utils

    with mock.patch.object(common_utils.psutil, "_module", None), counted("get_cpu_count") as grown:
        candidate("get_cpu_count")()
    assert grown["reasons"] == {"what the original imports or makes is not there yet": 1}
    with contextlib.ExitStack() as stack:
        stack.callback(sky_rust.install)
        unproven = stack.enter_context(mock.patch("sky_rust._proof.proven_libraries", return_value={"psutil": []}))
        sky_rust.uninstall("get_cpu_count")
        sky_rust.install("get_cpu_count")
        assert unproven.called
        with counted("get_cpu_count") as grown:
            candidate("get_cpu_count")()
    assert grown["reasons"] == {"a library is not proven": 1}


@contextlib.contextmanager
def shadowed(name: str, control: Any = None) -> Iterator[list[tuple[Any, ...]]]:
    """An observer's calls, with a control of one's own if one is given."""
    seen: list[tuple[Any, ...]] = []

    def observer(*outcomes: Any) -> bool:
        seen.append(outcomes)
        return repr(outcomes[1:3]) == repr(outcomes[3:])

    with mock.patch.object(_attachment, "control", lambda _: control) if control else contextlib.nullcontext():
        _install.set_observer(name, observer)
    try:
        yield seen
    finally:
        _install.set_observer(name, None)


def test_shadow_compares_where_the_record_is_the_controls() -> None:
    port, name = quiet_ports(), "find_free_port"
    world, texts = BusyPorts(frozenset((port,))), []
    for function in (sky_rust.control(name), candidate(name)):
        with shadowed(name) as seen, visible(name) as text, counted(name) as grown, world.entered():
            assert function(port) == port + 1
        texts.append(text.getvalue())
    assert texts[0] == texts[1] != ""  # one record, with its caller
    assert seen == [((port,), port + 1, None, port + 1, None)]
    assert grown == {
        "answers": 0,
        "declines": 1,
        "shadowed": 1,
        "mismatches": 0,
        "reasons": {"a record could be seen": 1},
    }


def test_shadow_compares_an_exception_where_a_record_is_seen() -> None:
    name = "find_free_port"
    with shadowed(name) as seen, visible(name), counted(name) as grown, BusyPorts(frozenset((65534,))).entered():
        with pytest.raises(OSError, match="No free ports") as caught:
            candidate(name)(65534)
    [(arguments, value, error, control_value, control_error)] = seen
    assert (arguments, value, control_value) == ((65534,), None, None)
    assert control_error is caught.value
    assert repr(error) == repr(control_error)
    assert (grown["shadowed"], grown["mismatches"]) == (1, 0)


def test_shadow_finds_a_difference_where_a_record_is_seen() -> None:
    name = "get_max_workers_for_file_mounts"
    with shadowed(name, lambda *_: "planted") as seen, visible(name), counted(name) as grown:
        assert candidate(name)({}) == "planted"
    assert len(seen) == 1
    assert (grown["answers"], grown["shadowed"], grown["mismatches"]) == (0, 1, 1)


def test_shadow_does_not_compare_what_declines_for_another_reason_too() -> None:
    name = "get_max_workers_for_file_mounts"
    with shadowed(name) as seen, visible(name) as text, counted(name) as grown:
        candidate(name)({}, type("Cloud", (str,), {})("aws"))  # a class of its own
    assert not seen
    assert text.getvalue().count("\n") == 1
    assert (grown["shadowed"], grown["reasons"]) == (0, {"a record could be seen": 1})


def test_nothing_is_leaked() -> None:
    name = "get_max_workers_for_file_mounts"
    mounts = {"/a": "s3://bucket"}
    _install.set_observer(name, lambda *_: True)  # an observer that keeps no reference
    function = candidate(name)

    def references() -> list[int]:
        for _ in range(1000):
            function(mounts, None)
        return [sys.getrefcount(one) for one in (mounts, function, None)][:2]

    try:
        with visible(name):
            assert references() == references()
    finally:
        _install.set_observer(name, None)
