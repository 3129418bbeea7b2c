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
from importlib.machinery import EXTENSION_SUFFIXES
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
    except Exception as error:  # such as a UnicodeError for its path, or 3.13.0's SystemError in a folder that is gone
        return f"no compiled module: {_why_none(error)}"
    if not native().is_main_interpreter():
        return "natives are for the main interpreter, and this is a subinterpreter"
    return ""


def _why_none(error: Exception) -> str:
    """Why there is no compiled module, and what to do, where the package's folder tells; else what the import says."""
    try:
        names = os.listdir(os.path.dirname(__file__))
    except OSError:  # as in a zip
        return str(error)
    found = {name for name in names if name.startswith("_native.") and name.endswith((".so", ".pyd"))}
    if not found:
        return (
            "this is the plain package, without compiled natives: install Rust 1.85 or newer and reinstall from "
            "source, or install a wheel for this Python and platform"
        )
    if not any(f"_native{suffix}" in found for suffix in EXTENSION_SUFFIXES):
        wanted = f"_native{EXTENSION_SUFFIXES[0]}"
        return f"this installation has {', '.join(sorted(found))}, and this Python needs {wanted}: reinstall with it"
    return str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"


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


def _home() -> str:
    """The folder of what sky-rust keeps for SkyPilot's user: below SkyPilot's own, as it was when the process began."""
    base = os.environ.get("SKY_RUNTIME_DIR") or "~"
    return os.path.join(os.path.expanduser(base), ".sky", "sky_rust")


#: The variables of sky-rust with which the process began, whatever os.environ has now.
VARIABLES: dict[str, str] = _STATE["said"]

HOME: str = _STATE.setdefault("home", _home())


def _control_file() -> str:
    path = os.path.expanduser(POLICY.control_file) or os.path.join(HOME, "control.json")
    try:
        return os.path.join(os.getcwd(), path)
    except OSError:  # the folder that the process began in is gone
        return path


#: The file of the live switches. A relative path counts from the folder in which the process began.
CONTROL_FILE: str = _STATE.setdefault("control_file", _control_file())


def lock() -> AbstractContextManager[object]:
    """Held while attachments change. Re-entrant: a signal handler may switch what its thread is switching just then."""
    held: AbstractContextManager[object] = _STATE["lock"]
    return held


def _begin_in_child() -> None:
    # The threads that held the lock, and that was the agent, are not in this process. Nothing is started here: uvloop
    # runs this in each child that becomes another program.
    _STATE["lock"] = RLock()
    _STATE.pop("agent", None)
    if "start_agent" in _STATE and not native_obstacle():
        module = native()
        _STATE["inherited"] = {name: module.counts(name) for name in module.names()}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)


def ensure_agent() -> None:
    """Starts this process's agent, where the process that it was forked from had one."""
    if "start_agent" in _STATE and "agent" not in _STATE:
        _STATE["start_agent"]()


def inherited(name: str) -> tuple[int, ...]:
    """The counts of a function that a forked child has from its parent, which tells the fleet of them itself."""
    counts: dict[str, tuple[int, ...]] = _STATE.get("inherited", {})
    return counts.get(name, (0, 0, 0, 0, 0))


def agent_state() -> dict[str, Any]:
    """The state of this process's agent (see `_agent`), to be read and changed."""
    return _STATE


def is_required() -> bool:
    """Whether a native that can't be used is an error: by `SKY_RUST=require`, except where `_agent.begin` began."""
    return POLICY.required and not _STATE.get("is_begun", False)


def on_trial() -> set[str]:
    """The functions whose natives may run without a proof."""
    names: set[str] = _STATE.setdefault("on_trial", set())
    return names


def state_of(name: str) -> dict[str, Any]:
    """The state of one function, to be read and changed: of built-in types, which every import of our modules knows."""
    functions: dict[str, dict[str, Any]] = _STATE["functions"]
    return functions.setdefault(name, {})
