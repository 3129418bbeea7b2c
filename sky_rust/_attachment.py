"""Attaches natives to Python functions, detaches them, makes controls. The compiled module holds the attachments."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from sky_rust import _process, _skypilot
from sky_rust._registry import function as line_of

if TYPE_CHECKING:
    from sky_rust._registry import Function

#: An observer gets the arguments in the parameters' order, the native's value and exception, and the control's; an
#: exception is None where none was raised. It returns whether the outcomes are the same; None where they can't be
#: compared, since something else changed meanwhile.
Observer = Callable[[tuple[Any, ...], object, Optional[BaseException], object, Optional[BaseException]], Optional[bool]]

_CODE_SWAP = sys.version_info[:2] == (3, 11)


def attach(
    function: Function,
    original: types.FunctionType,
    *,
    observer: Observer | None = None,
    rate: float = 1.0,
    proven: dict[str, list[str]] | None = None,
    required: bool = False,
) -> None:
    """Attaches a function's native.

    Args:
        function: the function whose native is attached.
        original: the Python function that the native is attached to.
        observer: gets answers, each with the control's outcome of the same call; the caller then gets the control's.
        rate: the share of the calls that an observer gets, 0.0 to 1.0; the others are the original's.
        proven: library -> digests that the native was proven with; None for a native on trial.
        required: whether a call raises ImportError where no native can answer because of a library.

    Raises:
        ValueError: the original has other parameters, or other bytecode, than the native is made for.
        TypeError: the original is no Python function.
    """
    native = _process.native()
    shadow = (control(function.name), observer, rate) if observer is not None else None
    try:
        if _CODE_SWAP:
            from sky_rust._trampoline import trampoline

            entry, declined = native.trampoline(function.name)
            own = own_code(original)
            original.__code__ = trampoline(own, entry, declined, python_first=function.python_first)
        native.attach(function.name, original, shadow, proven, required)
    except ValueError:
        detach(function)
        _put_back(original)
        raise


def detach(function: Function) -> None:
    """Detaches a function's native, from whatever function it is attached to."""
    native = _process.native()
    target, code, _ = native.attached(function.name)
    native.detach(function.name)
    if target is not None and target.__code__ is code:  # otherwise the code was replaced since, and stays so
        _put_back(target)


def _put_back(original: types.FunctionType) -> None:
    if _CODE_SWAP:
        own = own_code(original)
        if original.__code__ is not own:
            original.__code__ = own


def target(function: Function) -> types.FunctionType | None:
    """The function that a native is attached to."""
    found: types.FunctionType | None = _process.native().attached(function.name)[0]
    return found


def is_attached(
    function: Function, original: types.FunctionType, observer: Observer | None = None, rate: float = 1.0
) -> bool:
    """Whether a native is attached to `original`, with the code that it has now, that observer and that rate."""
    found, code, shadow = _process.native().attached(function.name)
    if found is not original or original.__code__ is not code:
        return False
    return shadow is None if observer is None else shadow is not None and (shadow[0] is observer and shadow[1] == rate)


def own_code(function: types.FunctionType) -> types.CodeType:
    """The code that a function has of its own, also while a native is attached to it."""
    if not _CODE_SWAP:
        return function.__code__
    from sky_rust._trampoline import original_of

    return original_of(function.__code__)


def control(name: str) -> Callable[..., Any]:
    """The control: a clone of the original with nothing attached, for comparisons.

    It is a clone of the reference where SkyPilot is not installed or has no such function. Its globals are the
    original's own, so functions that it calls may have natives attached.

    Args:
        name: the function's dotted name, such as 'hash_file'.

    Raises:
        ValueError: there is no function of that name, or it is not SkyPilot's own at the moment.
    """
    original = _skypilot.original(line_of(name))
    if type(original) is not types.FunctionType:  # a proxy says that it is one
        raise ValueError(f"{name} is not SkyPilot's own function at the moment (patched?)")
    clone = types.FunctionType(
        own_code(original), original.__globals__, original.__name__, original.__defaults__, original.__closure__
    )
    clone.__kwdefaults__ = original.__kwdefaults__
    functools.update_wrapper(clone, original)
    del clone.__wrapped__  # type: ignore[attr-defined]
    return clone
