"""Shadow: each answer of a native is compared with the control's outcome of the same call."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sky_rust import _attachment, _process
from sky_rust.testing._outcome import Outcome, compared
from sky_rust.testing._source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust._attachment import Observer

#: How often native and control are asked again where their outcomes differ, before the native counts as wrong.
_ATTEMPTS = 3


def observer(name: str, report: Callable[[str], None], *, with_values: bool = True) -> Observer:
    """An observer that compares the calls of one function.

    Where outcomes differ, the control is called once more, and the native is asked once more: if the world changed
    between them (a log that grew, a second that passed), the two calls of the control differ, or native and control now
    agree. The observer says then that they can't be compared.

    Args:
        name: the function's name.
        report: a callable that gets a text for each call that differs, in the thread that made the call.
        with_values: whether the text has arguments and results; otherwise their types, lengths and digests.
    """

    def compare(
        arguments: tuple[Any, ...],
        value: object,
        error: BaseException | None,
        control_value: object,
        control_error: BaseException | None,
    ) -> bool | None:
        _process.ensure_agent()
        if control_error is not None and not isinstance(control_error, Exception):
            return None  # Ctrl-C or a test's timeout ended the control's call: the outcome isn't the function's.
        call = name
        try:
            call = f"{name}({', '.join(map(Source().of if with_values else shape, arguments))})"
            expected, found = Outcome.of(control_value, control_error, arguments), Outcome.of(value, error, arguments)
            lines = compared(expected, found)
            if lines and _moved(name, arguments, expected, found):
                return None
            if lines and not with_values:
                said = (
                    shape(one) if raised is None else f"{type(raised).__name__} raised"
                    for one, raised in ((control_value, control_error), (value, error))
                )
                lines = [f"  {' (control), '.join(said)} (candidate)"]
        except Exception as problem:
            lines = [f"  can't be compared: {problem!r}"]
        if lines:
            report("\n".join((f"{call} differs:", *lines)))
        return not lines

    return compare


def _moved(name: str, arguments: tuple[Any, ...], expected: Outcome, found: Outcome) -> bool:
    """Whether the world changed meanwhile: the control's outcome is another now, or the native's is the same now."""
    control = _attachment.control(name)
    for _ in range(_ATTEMPTS):
        value, error = None, None
        try:
            value = control(*arguments)
        except Exception as raised:
            error = raised
        again = Outcome.of(value, error, arguments)
        if compared(expected, again) or not compared(found, again):
            return True
        asked = _process.native().ask(name, arguments)
        if asked is None or not compared(again, Outcome.of(asked[0], asked[1], arguments)):
            return True
    return False


def shape(value: object) -> str:
    """What can be said of a value without its content: its type, its length and a digest of text and bytes."""
    kind = type(value).__name__
    if isinstance(value, (str, bytes)):
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        return f"<{kind} of {len(value)}, sha256 {hashlib.sha256(data).hexdigest()[:16]}>"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"<{kind} of {len(value)}>"
    return f"<{kind}>"
