"""A native can't make log records: it answers while they can't be seen, and declines as soon as they can."""

from __future__ import annotations

import contextlib
import contextvars
import io
import logging
import os
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust.testing import BusyPorts, Call, assert_same_outcome
from sky_rust.testing.functions.common_utils.find_free_port import quiet_ports
from tests.functions import candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("attached")

SKY = logging.getLogger("sky")


def calls() -> dict[str, Call]:
    base = quiet_ports()
    return {
        "find_free_port": Call((base,), {}, (BusyPorts(frozenset((base, base + 1))),)),
        "get_max_workers_for_file_mounts": Call(({},)),
    }


@contextlib.contextmanager
def handler(logger: logging.Logger, made: logging.Handler) -> Iterator[logging.Handler]:
    logger.addHandler(made)
    try:
        yield made
    finally:
        logger.removeHandler(made)


@contextlib.contextmanager
def level(logger: logging.Logger, value: int) -> Iterator[None]:
    before = logger.level
    logger.setLevel(value)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextlib.contextmanager
def of_class(logger: logging.Logger, other: type) -> Iterator[None]:
    before, logger.__class__ = logger.__class__, other
    try:
        yield
    finally:
        logger.__class__ = before


class Computed(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler whose level is computed."""

    level = property(lambda self: logging.DEBUG, lambda self, value: None)  # type: ignore[assignment]


def own(name: str) -> logging.Logger:
    module = "common_utils" if name == "find_free_port" else "subprocess_utils"
    return logging.getLogger(f"sky.utils.{module}")


def quiet(make: Callable[..., logging.Handler], *, at: int) -> logging.Handler:
    made = make(io.StringIO())
    made.setLevel(at)
    return made


SEEN: dict[str, Callable[[str], Any]] = {
    "a handler on the logger": lambda name: handler(own(name), quiet(logging.StreamHandler, at=logging.DEBUG)),
    "a handler without a level": lambda name: handler(SKY, quiet(logging.StreamHandler, at=logging.NOTSET)),
    "a handler that computes its level": lambda name: handler(SKY, Computed(io.StringIO())),
    "a filter": lambda name: mock.patch.object(own(name), "filters", [lambda record: True]),
    "a record factory": lambda name: mock.patch.object(
        logging, "_logRecordFactory", lambda *a, **k: logging.LogRecord(*a, **k)
    ),
    "the root's handler": lambda name: mock.patch.multiple(SKY, propagate=True),
    "a patched handle": lambda name: mock.patch.object(logging.Logger, "handle", lambda self, record: None),
    "a logger of another class": lambda name: of_class(own(name), type("Own", (logging.Logger,), {})),
}

UNSEEN: dict[str, Callable[[str], Any]] = {
    "nothing": lambda name: contextlib.nullcontext(),
    "a handler above DEBUG": lambda name: handler(SKY, quiet(logging.StreamHandler, at=logging.INFO)),
    "a logger above DEBUG": lambda name: level(own(name), logging.INFO),
    "a parent above DEBUG": lambda name: level(SKY, logging.WARNING),
    "a disabled logger": lambda name: mock.patch.object(own(name), "disabled", True),
}


@contextlib.contextmanager
def root_handler() -> Iterator[None]:
    with handler(logging.getLogger(), quiet(logging.StreamHandler, at=logging.DEBUG)):
        yield


@pytest.mark.parametrize("name", ["find_free_port", "get_max_workers_for_file_mounts"])
@pytest.mark.parametrize("world", SEEN)
def test_somebody_can_see(name: str, world: str) -> None:
    call = calls()[name]
    with root_handler(), SEEN[world](name):
        before = sky_rust.stats()[name]
        with call.world():
            call(candidate(name))
        after = sky_rust.stats()[name]
        assert (after.answers, after.declines) == (before.answers, before.declines + 1)
        assert_same_outcome(sky_rust.control(name), candidate(name), call, watch_records=True)


@pytest.mark.parametrize("name", ["find_free_port", "get_max_workers_for_file_mounts"])
@pytest.mark.parametrize("world", UNSEEN)
def test_nobody_can_see(name: str, world: str) -> None:
    call = calls()[name]
    with root_handler(), UNSEEN[world](name):
        before = sky_rust.stats()[name]
        with call.world():
            call(candidate(name))
        after = sky_rust.stats()[name]
        assert (after.answers, after.declines) == (before.answers + 1, before.declines)
        assert_same_outcome(sky_rust.control(name), candidate(name), call)


def test_logging_disable() -> None:
    call = calls()["get_max_workers_for_file_mounts"]
    with SEEN["a handler on the logger"]("get_max_workers_for_file_mounts"):
        logging.disable(logging.DEBUG)
        try:
            before = sky_rust.stats()["get_max_workers_for_file_mounts"].answers
            call(candidate("get_max_workers_for_file_mounts"))
            assert sky_rust.stats()["get_max_workers_for_file_mounts"].answers == before + 1
        finally:
            logging.disable(logging.NOTSET)


@pytest.mark.parametrize(("debug", "answered"), [(None, True), ("1", False)])
def test_in_a_request(debug: str | None, answered: bool) -> None:
    from sky.utils import context

    name = "get_max_workers_for_file_mounts"

    def request() -> tuple[int, int]:
        overrides = context.initialize().env_overrides
        if debug is not None:
            overrides["SKYPILOT_DEBUG"] = debug
        before = sky_rust.stats()[name]
        candidate(name)({})
        after = sky_rust.stats()[name]
        return after.answers - before.answers, after.declines - before.declines

    with mock.patch.object(os, "environ", context.ContextualEnviron(os.environ)):
        changes = contextvars.copy_context().run(request)
    assert changes == ((1, 0) if answered else (0, 1))


def test_few_descriptors_warn_once(capfd: pytest.CaptureFixture[str]) -> None:
    from sky.utils import subprocess_utils

    from sky_rust.testing import DescriptorLimit

    call = Call(({},), {}, (DescriptorLimit(500),))
    for _ in range(2):
        with mock.patch.object(subprocess_utils, "_fd_limit_warning_shown", False):
            with call.world():
                call(candidate("get_max_workers_for_file_mounts"))
            assert subprocess_utils._fd_limit_warning_shown
    assert_same_outcome(
        sky_rust.control("get_max_workers_for_file_mounts"),
        candidate("get_max_workers_for_file_mounts"),
        call,
        watch_records=True,
    )
