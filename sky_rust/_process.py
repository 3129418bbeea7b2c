"""The facts of this process: its environment at the start, the compiled module, and the state that outlives imports.

The Python modules of sky-rust may be purged from `sys.modules` and imported again, as test harnesses do, and so exist
more than once; the compiled module exists once a process. So the state is kept there.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import warnings
from _thread import RLock
from typing import TYPE_CHECKING, Any

from sky_rust import _policy
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sky_rust._policy import Policy


def native() -> Any:
    """The compiled module; an ImportError says why there is none."""
    return importlib.import_module("sky_rust._native")


@functools.cache
def native_obstacle() -> str:
    """Why nothing can run natively here; '' if something can. Imports the compiled module unless that is forbidden."""
    if POLICY.disabled:
        return POLICY.disabled
    return _module_obstacle()


@functools.cache
def _module_obstacle() -> str:
    if sys.implementation.name != "cpython":
        return f"natives are for CPython, and this is {sys.implementation.name}"
    if sys.platform != "linux":
        return f"natives were shown to be identical on Linux alone, and this is {sys.platform}"
    try:
        native()
    except (ImportError, UnicodeError) as error:  # the second where its path can't be encoded
        return f"no compiled module: {error}"
    if not native().is_main_interpreter():
        return "natives are for the main interpreter, and this is a subinterpreter"
    return ""


def obstacle_of(name: str) -> str:
    """Why a function can't run natively here; '' if it can."""
    reason = native_obstacle()
    if not reason and name not in native().names():
        reason = f"the compiled module has no native of {name}: it was built before the registry had it"
    return reason


def _begin() -> tuple[Policy, dict[str, Any]]:
    """The policy and the state, as they were left by earlier imports of this module."""
    said = {name: value for name, value in os.environ.items() if name.startswith("SKY_RUST")}
    policy = _policy.read(said, FUNCTIONS)
    # With SKY_RUST=0 the compiled module is not even imported: nothing is ever attached, and no state needs to last.
    state: dict[str, Any] = {} if policy.disabled or _module_obstacle() else native().process_state()
    if "said" not in state:
        state.update(said=said, lock=RLock(), functions={})
        for warning in policy.warnings:
            warnings.warn(warning, RuntimeWarning, stacklevel=2)
    # Later requests put variables of their own into os.environ: the ones that the process began with count.
    return _policy.read(state["said"], FUNCTIONS), state


POLICY, _STATE = _begin()


def lock() -> AbstractContextManager[object]:
    """Held while attachments change. Re-entrant: a signal handler may switch what its thread is switching just then."""
    held: AbstractContextManager[object] = _STATE["lock"]
    return held


def _unlock_in_child() -> None:
    _STATE["lock"] = RLock()  # the thread that held it is not in this process


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)


def on_trial() -> set[str]:
    """The functions whose natives may run without a proof."""
    names: set[str] = _STATE.setdefault("on_trial", set())
    return names


def state_of(name: str) -> dict[str, Any]:
    """The state of one function, to be read and changed: of built-in types, which every import of our modules knows."""
    functions: dict[str, dict[str, Any]] = _STATE["functions"]
    return functions.setdefault(name, {})
