"""The outcome of a call, with everything that can be observed: two calls are the same if their outcomes are equal."""

from __future__ import annotations

import hashlib
import logging
import struct
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from sky_rust.testing._source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sky_rust.testing._calls import Call

_HASHES = (type(hashlib.new("md5")), type(hashlib.new("sha3_256")), type(hashlib.new("blake2b")), hashlib.blake2s)


@dataclass(frozen=True)
class Outcome:
    """Everything that a caller, or other code in the process, can see of one call.

    value: the result, with its exact type, recursively; `None` if an exception was raised.
    identity: the indices of the arguments that are the result itself.
    exception: its type, message, `args`, OSError's fields, and the same of its cause and context.
    records: (logger, level, message) of each log record, if records were watched.
    warnings: (category, message) of each warning.
    tracebacklimit: `sys.tracebacklimit` after the call.
    globals: the module globals that the call has written.
    """

    value: object
    identity: tuple[int, ...]
    exception: object
    records: tuple[object, ...] = ()
    warnings: tuple[object, ...] = ()
    tracebacklimit: object = "unset"
    globals: object = None

    @classmethod
    def of(cls, value: object, error: BaseException | None, arguments: Sequence[object]) -> Outcome:
        """The part of an outcome that the caller gets: the error, or the value where the error is None."""
        if error is not None:
            return cls(None, (), _seen_exception(error))
        return cls(_seen(value), tuple(at for at, argument in enumerate(arguments) if argument is value), None)


def observe(function: Callable[..., Any], call: Call, *, watch_records: bool = False) -> Outcome:
    """Makes one call and returns its outcome.

    Args:
        function: the function that is called.
        call: the call, with its world.
        watch_records: whether a handler watches SkyPilot's loggers. (With it, records can be seen, and a native that
            can't make them declines; without it, they can't be seen.)
    """
    with call.world(), _tracebacklimit() as limit, _globals() as written, _records(watch_records) as records:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                args, kwargs = call.arguments()
                outcome = Outcome.of(function(*args, **kwargs), None, args)
            except Exception as error:
                outcome = Outcome.of(None, error, ())
        return replace(
            outcome,
            records=tuple(records),
            warnings=tuple((warning.category, str(warning.message)) for warning in caught),
            tracebacklimit=limit(),
            globals=written(),
        )


class MismatchError(AssertionError):
    """Two outcomes of one call differ.

    call: the call.
    differences: a line for each thing that differs.
    watch_records: whether a handler watched SkyPilot's loggers.
    """

    def __init__(self, name: str, call: Call, differences: list[str], *, watch_records: bool) -> None:
        super().__init__("\n".join((f"{name} differs for {Source().of(call)}:", *differences)))
        self.call = call
        self.differences = differences
        self.watch_records = watch_records


def assert_same_outcome(
    control: Callable[..., Any], candidate: Callable[..., Any], call: Call, *, watch_records: bool = False
) -> None:
    """Makes one call of each function and compares their outcomes.

    Args:
        control: the function whose outcome is right.
        candidate: the function whose outcome has to be the same.
        call: the call, with its world.
        watch_records: as for `observe`.

    Raises:
        MismatchError: the outcomes differ; an AssertionError whose message has the call, and each difference.
    """
    expected = observe(control, call, watch_records=watch_records)
    found = observe(candidate, call, watch_records=watch_records)
    differences = compared(expected, found)
    if differences:
        raise MismatchError(getattr(control, "__name__", "?"), call, differences, watch_records=watch_records)


def compared(expected: Outcome, found: Outcome) -> list[str]:
    """A line for each field in which the control's outcome and the candidate's differ."""
    return [
        f"  {name}: {getattr(expected, name)!r} (control), {getattr(found, name)!r} (candidate)"
        for name in (one.name for one in fields(Outcome))
        if getattr(expected, name) != getattr(found, name)
    ]


def _seen(value: object) -> object:
    """A value with its exact type, in a form that is equal where a caller can see no difference."""
    if isinstance(value, float):
        return type(value), struct.pack("d", value)
    if isinstance(value, (list, tuple)):
        return type(value), [_seen(item) for item in value]
    if isinstance(value, _HASHES):
        further: Any = value.copy()
        further.update(b"further")
        return type(value), value.name, value.block_size, value.digest(), further.digest()
    return type(value), value


def _seen_exception(error: BaseException | None, depth: int = 4) -> object:
    if error is None or depth == 0:
        return None
    fields_of_os_error = (
        (error.errno, error.strerror, error.filename, error.filename2) if isinstance(error, OSError) else ()
    )
    return (
        type(error),
        str(error),
        [_seen(argument) for argument in error.args],
        fields_of_os_error,
        error.__suppress_context__,
        _seen_exception(error.__cause__, depth - 1),
        _seen_exception(error.__context__, depth - 1),
    )


@contextmanager
def _tracebacklimit() -> Iterator[Callable[[], object]]:
    """Unsets the limit before the call; yields a function that returns it; puts the old one back."""
    unset = object()
    before = getattr(sys, "tracebacklimit", unset)
    if before is not unset:
        del sys.tracebacklimit
    try:
        yield lambda: getattr(sys, "tracebacklimit", "unset")
    finally:
        if before is not unset:
            sys.tracebacklimit = before  # type: ignore[assignment]
        elif hasattr(sys, "tracebacklimit"):
            del sys.tracebacklimit


@contextmanager
def _records(watch: bool) -> Iterator[list[object]]:
    seen: list[object] = []
    if not watch:
        yield seen
        return

    class Watcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((record.name, record.levelno, record.getMessage()))

    watcher = Watcher(logging.DEBUG)
    logger = logging.getLogger("sky.utils")
    level = logger.level
    logger.addHandler(watcher)
    logger.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        logger.removeHandler(watcher)
        logger.setLevel(level)


#: The module globals that originals write, and the values with which a process begins.
_WRITTEN = (
    ("psutil", "_TOTAL_PHYMEM", None),
    ("sky.utils.subprocess_utils", "_fd_limit_warning_shown", False),
    ("sky_rust.reference.subprocess_utils", "_fd_limit_warning_shown", False),
)


@contextmanager
def _globals() -> Iterator[Callable[[], object]]:
    """Sets the globals to their values at a process's start; yields a function that returns those that have changed."""
    there = [(sys.modules[module], name, value) for module, name, value in _WRITTEN if module in sys.modules]
    for module, name, value in there:
        setattr(module, name, value)
    yield lambda: {name: getattr(module, name) for module, name, value in there if getattr(module, name) != value}
