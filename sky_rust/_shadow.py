"""Shadow: each answer of a native is compared with the control's outcome of the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sky_rust.testing._outcome import Outcome, compared
from sky_rust.testing._source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust._attachment import Observer


def observer(name: str, report: Callable[[str], None]) -> Observer:
    """An observer that compares the calls of one function.

    Args:
        name: the function's name.
        report: a callable that gets a text for each call that differs, in the thread that made the call.
    """

    def compare(
        arguments: tuple[Any, ...],
        value: object,
        error: BaseException | None,
        control_value: object,
        control_error: BaseException | None,
    ) -> bool | None:
        if control_error is not None and not isinstance(control_error, Exception):
            return None  # Ctrl-C or a test's timeout ended the control's call: the outcome isn't the function's.
        try:
            call = f"{name}({', '.join(map(Source().of, arguments))})"
            expected, found = Outcome.of(control_value, control_error, arguments), Outcome.of(value, error, arguments)
            lines = compared(expected, found)
        except Exception as problem:
            call, lines = name, [f"  can't be compared: {problem!r}"]
        if lines:
            report("\n".join((f"{call} differs:", *lines)))
        return not lines

    return compare
