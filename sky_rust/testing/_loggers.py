"""Loggers in every state that decides whether a record of the level DEBUG is seen."""

from __future__ import annotations

import collections
import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Parent(logging.Logger):
    """A logger of another class, which adds nothing."""


class _ComputingParent(logging.Logger):
    """A logger that computes its handlers."""

    handlers: Any = property(lambda self: [], lambda self, value: None)


class _ComputingHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler that computes its level."""

    level: Any = property(lambda self: logging.DEBUG, lambda self, value: None)


def _handler(level: Any, kind: type[logging.Handler] = logging.StreamHandler) -> logging.Handler:
    handler = kind()
    vars(handler)["level"] = level
    return handler


def _logger(kind: type[logging.Logger] = logging.Logger, **attributes: Any) -> logging.Logger:
    """A logger that nobody else knows, with a handler that sees no DEBUG records, and these attributes in its dict."""
    logger = kind("planted", logging.DEBUG)
    vars(logger)["manager"] = logging.Manager(logging.RootLogger(logging.DEBUG))
    vars(logger)["handlers"] = [_handler(logging.INFO)]
    vars(logger).update(attributes)
    return logger


def _without(attribute: str) -> logging.Logger:
    logger = _logger()
    del vars(logger)[attribute]
    return logger


def _with_manager(disable: Any) -> logging.Logger:
    logger = _logger()
    vars(logger.manager)["_disable"] = disable
    return logger


def _loggers() -> dict[str, logging.Logger]:
    """Loggers, by words for their state."""
    found = {
        "a handler that doesn't see it": _logger(),
        "a handler that sees it": _logger(handlers=[_handler(logging.DEBUG)]),
        "a handler that computes its level": _logger(handlers=[_handler(logging.INFO, _ComputingHandler)]),
        "disabled": _logger(disabled=True),
        "a level of its own": _logger(level=logging.INFO),
        "its parent's level": _logger(level=0, parent=_logger(level=logging.INFO)),
        "no level": _logger(level=0),
        "no handler": _logger(handlers=[]),
        "its parent's handler alone": _logger(handlers=[], parent=_logger()),
        "its parent's handler that sees it": _logger(parent=_logger(handlers=[_handler(logging.DEBUG)])),
        "no propagation": _logger(propagate=False, parent=_logger(handlers=[_handler(logging.DEBUG)])),
        "a parent of another class": _logger(level=0, parent=_logger(_Parent)),
        "a parent that computes": _logger(parent=_logger(_ComputingParent)),
        "a parent that computes, asked for a level": _logger(level=0, parent=_logger(_ComputingParent)),
        "a filter": _logger(filters=[logging.Filter("planted")]),
        "a cache that says yes": _logger(level=logging.INFO, _cache={logging.INFO: True, logging.DEBUG: True}),
        "a cache that says no": _logger(_cache={logging.DEBUG: False}),
        "all loggers off": _with_manager(logging.DEBUG),
        "flags that are ints": _logger(disabled=0, propagate=1),
    }
    odd: dict[str, Any] = {
        "disabled": "",
        "_cache": collections.OrderedDict(),
        "level": 10.0,
        "filters": (),
        "handlers": (),
        "propagate": "yes",
    }
    found |= {f"{name} is {value!r}": _logger(**{name: value}) for name, value in odd.items()}
    found |= {f"no attribute {name}": _without(name) for name in (*odd, "parent", "manager")}
    found["a handler with a level that is no int"] = _logger(handlers=[_handler(20.0)])
    found["all loggers off, by no int"] = _with_manager(10.0)
    return found


#: Words for the states.
STATES = tuple(_loggers())


@dataclass(frozen=True)
class Logger:
    """A module's `logger` is another one during the call; where the module is imported.

    module: the module's name.
    state: what decides whether a record is seen: one of `STATES`.
    """

    innermost: ClassVar[bool] = False
    module: str
    state: str

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the logger, and the module's own."""
        owner: Any = sys.modules.get(self.module)
        if owner is None:
            yield
            return
        before = owner.logger
        owner.logger = _loggers()[self.state]
        try:
            yield
        finally:
            owner.logger = before
