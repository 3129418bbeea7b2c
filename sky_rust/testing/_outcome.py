"""The outcome of a call, with everything that can be observed: two calls are the same if their outcomes are equal."""

from __future__ import annotations

import gc
import hashlib
import logging
import struct
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from sky_rust.testing import _audit, _spies
from sky_rust.testing._source import Source
from sky_rust.testing._traces import Left, frozen, references
from sky_rust.testing._worlds import OnEvent, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sky_rust.testing._calls import Call

_COLLECTIONS = (list, tuple, dict)

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
    events: the audit events, with their arguments, in order, in a process that listens.
    used: the names that were used of those that the call's world spies on. (A native that declines may have used one.)
    left: descriptors, child processes and output that were not there before.
    references: how many references to each argument are left behind.
    """

    value: object
    identity: tuple[int, ...]
    exception: object
    records: tuple[object, ...] = ()
    warnings: tuple[object, ...] = ()
    tracebacklimit: object = "unset"
    globals: object = None
    events: tuple[object, ...] = ()
    used: frozenset[str] = frozenset()
    left: tuple[str, ...] = ()
    references: tuple[int, ...] = ()

    @classmethod
    def of(cls, value: object, error: BaseException | None, arguments: Sequence[object]) -> Outcome:
        """The part of an outcome that the caller gets: the error, or the value where the error is None."""
        if error is not None:
            return cls(None, (), _seen_exception(error))
        identity = tuple(at for at, argument in enumerate(arguments) if argument is value)
        met: dict[int, int] = {}
        if isinstance(value, _COLLECTIONS):
            _note(arguments, met)
        return cls(_seen(value, met), identity, None)


def observe(function: Callable[..., Any], call: Call, *, watch_records: bool = False, listen: bool = False) -> Outcome:
    """Makes one call and returns its outcome.

    Args:
        function: the function that is called.
        call: the call, with its world.
        watch_records: whether a handler watches SkyPilot's loggers. (With it, records can be seen, and a native that
            can't make them declines; without it, they can't be seen.)
        listen: add an audit hook to this process, for good, and hear the events.
    """
    if listen:
        _audit.listen()
    before = Left.now()
    with _globals() as written, call.world(), _tracebacklimit() as limit, _records(watch_records) as records:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = _made(function, call)
        outcome = replace(
            outcome,
            records=tuple(records),
            warnings=tuple((warning.category, str(warning.message)) for warning in caught),
            tracebacklimit=limit(),
            globals=written(),
        )
    return replace(outcome, left=Left.now().since(before))


def _made(function: Callable[..., Any], call: Call) -> Outcome:
    """Makes the call in the world that it is in; the outcome as far as that says it."""
    args, kwargs = call.arguments()
    held = (*args, *kwargs.values())
    counted = references(held)
    value: object = None
    error: BaseException | None = None
    with frozen():
        with _defaults(function, call.defaults), _audit.heard() as heard, call.innermost():
            try:
                value = function(*args, **kwargs)
            except KeyboardInterrupt:
                raise  # it ends the suite
            except BaseException as raised:  # jsonschema's rpds panics where the recursion limit is reached
                error = raised
            used = frozenset(_spies.used)
        # Where a hook raises, a native may decline: the original raises the event again.
        forbidden = any(isinstance(world, OnEvent) and world.raises for world in call.worlds)
        events = () if forbidden else tuple(heard)
        _spies.used.clear()
        outcome = Outcome.of(value, error, held)
        del value, error
        # An exception is held by its traceback's frames, until the garbage collector comes.
        left = () if outcome.exception else _left(held, counted)
        if any(left):
            gc.collect()  # an original may leave cycles: jsonschema's errors know those that they are parts of
            left = _left(held, counted)
    return replace(outcome, events=events, used=used, references=left)


def _left(held: tuple[Any, ...], counted: Sequence[int]) -> tuple[int, ...]:
    """How many references there are now to each of the objects in these, more than were counted before."""
    return tuple(max(0, now - then) for now, then in zip(references(held), counted))


@contextmanager
def _defaults(function: Any, defaults: tuple[object, ...] | None) -> Iterator[None]:
    if defaults is None:
        yield
        return
    before = function.__defaults__
    function.__defaults__ = defaults
    try:
        yield
    finally:
        function.__defaults__ = before


class MismatchError(AssertionError):
    """Two outcomes of one call differ.

    call: the call.
    differences: a line for each thing that differs.
    options: the arguments of `assert_same_outcome` by which the difference was found.
    """

    def __init__(self, name: str, call: Call, differences: list[str], **options: object) -> None:
        super().__init__("\n".join((f"{name} differs for {Source().of(call)}:", *differences)))
        self.call = call
        self.differences = differences
        self.options = options


def compared(expected: Outcome, found: Outcome, without: Sequence[str] = ()) -> list[str]:
    """A line for each field, but for some, in which the control's outcome and the candidate's differ."""
    return [
        f"  {name}: {getattr(expected, name)!r} (control), {getattr(found, name)!r} (candidate)"
        for name in (one.name for one in fields(Outcome))
        if name not in without and getattr(expected, name) != getattr(found, name)
    ]


def _seen(value: object, met: dict[int, int] | None = None) -> object:
    """A value with its exact type, in a form that is equal where a caller can see no difference.

    Args:
        value: the value.
        met: the numbers, by `id`, of the collections around it and before it, and of those in the arguments: a
            collection may be there again.
    """
    met = {} if met is None else met
    if isinstance(value, float):
        return type(value), struct.pack("d", value)
    if isinstance(value, _COLLECTIONS):
        if id(value) in met:
            return type(value), met[id(value)]
        met[id(value)] = len(met)
        return type(value), [_seen(item, met) for item in _inside(value)]
    if isinstance(value, _HASHES):
        further: Any = value.copy()
        further.update(b"further")
        length = () if value.digest_size else (8,)  # that of SHAKE is the caller's choice
        return type(value), value.name, value.block_size, value.digest(*length), further.digest(*length)
    return type(value), value


def _note(value: object, met: dict[int, int]) -> None:
    """Numbers the collections in a value, which may be nested to any depth."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, _COLLECTIONS) and id(one) not in met:
            met[id(one)] = len(met)
            left.extend(_inside(one))


def _inside(value: Any) -> Iterable[object]:
    """The parts of a collection, as the built-in type has them: a subclass may say something else."""
    if isinstance(value, dict):
        return [part for item in dict.items(value) for part in item]
    found: Iterable[object] = (list if isinstance(value, list) else tuple).__iter__(value)
    return found


def _seen_exception(error: BaseException | None, depth: int = 4) -> object:
    if error is None or depth == 0:
        return None
    if isinstance(error, Stopped):
        return (Stopped,)  # the exception that was handled when it came is a matter of the moment
    if type(error) is RecursionError:
        return (RecursionError,)  # its message says in which kind of call, and that changes as CPython specializes code
    if type(error) is KeyError and isinstance(next(iter(error.args), None), int) and error.args[0] > 1 << 32:
        return (KeyError,)  # an address, by which `copy.deepcopy` keeps what it has copied
    fields_of_os_error = (
        (error.errno, error.strerror, error.filename, error.filename2) if isinstance(error, OSError) else ()
    )
    return (
        type(error),
        str(error),
        [_seen_argument(argument) for argument in error.args],
        fields_of_os_error,
        error.__suppress_context__,
        _seen_exception(error.__cause__, depth - 1),
        _seen_exception(error.__context__, depth - 1),
    )


def _seen_argument(argument: object) -> object:
    """A part of an exception. One without an equality of its own, such as a place in a text, counts by its text."""
    if type(argument).__eq__ is object.__eq__:
        return type(argument), str(argument)
    return _seen(argument)


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
