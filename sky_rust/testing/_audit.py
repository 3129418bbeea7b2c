"""Audit events: what a hook of ours hears of a call, and what it does at an event.

An audit hook can't be removed, and CPython does less where there is none: so do natives. Processes that verify
therefore begin without hooks, make calls, and listen only then.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The events of `logging` finding a record's caller. A native makes no record that can't be seen, and so none of these.
_OF_A_RECORD = ("sys._getframe", "object.__getattr__")

#: The events of a first call, which imports what later calls find imported.
_OF_AN_IMPORT = ("import", "compile", "exec", "marshal.loads", "marshal.load", "cpython._PySys_ClearAuditHooks")

#: The events of `id()`, which `copy.deepcopy` and PyYAML call for each container as bookkeeping.
_OF_BOOKKEEPING = ("builtins.id",)

_IGNORED = frozenset((*_OF_A_RECORD, *_OF_AN_IMPORT, *_OF_BOOKKEEPING))

#: The values that an event's arguments are compared by; of all others, by their type.
_PLAIN = (str, bytes, int, bool, type(None))


class _Heard:
    """The state of the hook of this process.

    listening: whether there is the hook.
    events: gets the events; None while nobody wants them.
    reactions: event -> what to do at it, given its first argument.
    """

    listening = False
    events: list[object] | None = None
    reactions: dict[str, Callable[[object], None]] = {}  # noqa: RUF012  # the process's


#: The hooks that were held back.
_held: list[Callable[[str, tuple[Any, ...]], object]] = []


def hold_hooks() -> None:
    """Holds back the hooks that others add from now on, as imports of SkyPilot do, until `listen`."""

    def addaudithook(hook: Callable[[str, tuple[Any, ...]], object]) -> None:
        _held.append(hook)

    if not _Heard.listening:
        sys.addaudithook = addaudithook


def listen() -> None:
    """Adds the hook, and those that were held back. There is no way back."""
    if _Heard.listening:
        return
    _Heard.listening = True
    sys.addaudithook = _add
    for hook in _held:
        _add(hook)
    _add(_hook)


_add = sys.addaudithook


def is_listening() -> bool:
    """Whether events are heard in this process."""
    return _Heard.listening


@contextmanager
def heard() -> Iterator[list[object]]:
    """Yields a list that gets the events until the context ends: name and arguments, these by value or by type."""
    events: list[object] = []
    _Heard.events = events
    try:
        yield events
    finally:
        _Heard.events = None


@contextmanager
def reacting(event: str, react: Callable[[object], None]) -> Iterator[None]:
    """Calls `react` at each event of that name that is heard, with its first argument; with None where it has none."""
    _Heard.reactions = {**_Heard.reactions, event: react}
    try:
        yield
    finally:
        _Heard.reactions = {name: one for name, one in _Heard.reactions.items() if name != event}


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    events = _Heard.events
    if events is None or event in _IGNORED:
        return
    events.append((event, *map(_shown, arguments)))
    if event in _Heard.reactions:
        _Heard.events = None  # what a reaction does is no event of the call
        try:
            _Heard.reactions[event](_shown(arguments[0]) if arguments else None)
        finally:
            _Heard.events = events


def _shown(argument: object) -> object:
    if type(argument) is tuple:
        return tuple(map(_shown, argument))
    return argument if type(argument) in _PLAIN else f"<{type(argument).__module__}.{type(argument).__qualname__}>"
