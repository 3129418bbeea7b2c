"""install, uninstall and the switches: each changes what is wanted, then attaches and detaches natives to match it."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

from sky_rust import _attachment, _lazy, _process, _skypilot
from sky_rust._policy import Setting
from sky_rust._registry import FUNCTIONS
from sky_rust._wanted import Wanted, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sky_rust._attachment import Observer
    from sky_rust._registry import Function


def _prepare(one: Wanted) -> None:
    """Imports the modules that `_apply` needs. No lock is held: an import may wait for one that waits for the lock."""
    if one.is_native():
        if not _process.native_obstacle():
            importlib.import_module("sky_rust._proof")
        if _skypilot.is_awaited(one.function.module):
            _await(one.function.module)
            return
        _skypilot.home_module(one.function.module)
        _original(one.function)  # imports the reference where that is needed


def _await(module: str) -> None:
    """Has a module's natives attached once SkyPilot's module is imported."""
    watcher = _process.agent_state().get("watcher")
    if watcher is None or watcher not in sys.meta_path:
        _process.agent_state()["watcher"] = _lazy.watch((module,), _attach_imported)
    else:
        watcher.add((module,))


def _attach_imported(module: str) -> None:
    _skypilot.executed.add(f"sky.utils.{module}")
    names = tuple(one.name for one in FUNCTIONS if one.module == module)
    try:
        _apply_to(names, lambda one: None)
        require(*names)
    except Exception as error:
        if _process.is_required():
            raise
        # SkyPilot's import doesn't fail for an error of ours.
        _process.agent_state()["trouble"] = f"{type(error).__name__}: {error}"
    finally:
        _skypilot.executed.discard(f"sky.utils.{module}")


def _apply(one: Wanted) -> None:
    """Attaches or detaches a native as is wanted; again, if a signal handler has changed meanwhile what is wanted."""
    while True:
        is_wanted = one.is_native()
        one.obstacle = _attached(one) if is_wanted else ""
        if (not is_wanted or one.obstacle) and not _process.obstacle_of(one.function.name):
            _attachment.detach(one.function)
        if is_wanted == one.is_native():
            break


def _attached(one: Wanted) -> str:
    """Attaches a native unless it is attached already; returns the obstacle where it can't be, else ''."""
    function = one.function
    reason = _process.obstacle_of(function.name)
    if reason:
        return reason
    if _skypilot.is_awaited(function.module):
        return f"attached once sky.utils.{function.module} is imported"
    original, reason = _original(function)
    if original is None:
        return reason
    from sky_rust import _proof

    reason = _proof.obstacle(original, function)
    if reason:
        return reason
    proven = _proof.proven_libraries(function)
    observer, rate = _observer(one)
    if _attachment.is_attached(function, original, observer, rate) and one.proven == proven:
        return ""
    _attachment.detach(function)
    required = _process.is_required()
    try:
        _attachment.attach(function, original, observer=observer, rate=rate, proven=proven, required=required)
    except ValueError as error:  # other parameters, or other bytecode, than the native is made for
        return str(error)
    one.proven = proven
    return ""


def _observer(one: Wanted) -> tuple[Observer | None, float]:
    """The observer of a function's answers, and the share of its calls that it gets."""
    setting = one.setting
    if one.observer is not None or setting.switch != "shadow":
        return one.observer, 1.0
    from sky_rust import _shadow

    name = one.function.name
    report = functools.partial(_break, name)
    return one.comparison(lambda: _shadow.observer(name, report, with_values=_process.POLICY.with_values)), setting.rate


def _break(name: str, report: str) -> None:
    """The breaker: a native whose answer differed from the control's is off in this process, and says so."""
    import logging

    def change(one: Wanted) -> None:
        one.set("breaker", Setting("off", f"switched off by a mismatch in shadow: {report}"))

    _apply_to((name,), change)
    logging.getLogger("sky_rust").warning("%s is switched off in this process: %s", name, report)


def _original(function: Function) -> tuple[types.FunctionType | None, str]:
    """SkyPilot's function, or the reference; else None and the reason. Nothing that is found under its name raises."""
    where = f"sky.utils.{function.module}.{function.name}"
    try:
        found: Any = _skypilot.original(function)
        home = _skypilot.home_module(function.module)
    except LookupError as error:  # neither an original nor a reference
        return None, str(error)
    except Exception as error:  # somebody's code, such as a property of a module, makes what is looked up
        return None, f"{where} can't be looked up ({type(error).__name__})"
    if found is None and home is not None and _skypilot.is_initializing(home):
        return None, f"sky.utils.{function.module} is still being imported; call install() once it is"
    if type(found) is not types.FunctionType:  # `isinstance` would ask the object, and a proxy says that it is one
        return None, f"{where} is not SkyPilot's own function at the moment (patched?)"
    return found, ""


def _apply_to(names: tuple[str, ...], change: Callable[[Wanted], None]) -> None:
    all_of = wanted(names)
    _process.ensure_agent()
    for one in all_of:
        change(one)
    _apply_all(all_of)
    if _process.is_required():  # when all of them are applied: one that can't be native keeps no other in Python
        require(*names)


def _apply_all(all_of: Iterable[Wanted]) -> None:
    """Attaches and detaches natives as is wanted: all that can be, also where one raises. Raises the first error."""
    errors: list[Exception] = []

    def each(step: Callable[[Wanted], None], some: Iterable[Wanted]) -> list[Wanted]:
        done = []
        for one in some:
            try:
                step(one)
                done.append(one)
            except Exception as error:
                errors.append(error)
        return done

    all_of = list(all_of)
    for one in all_of:
        one.is_applied = False
    prepared = each(_prepare, all_of)
    with _process.lock():
        if "sky_rust._proof" in sys.modules:
            sys.modules["sky_rust._proof"].look_again()
        for one in each(_apply, prepared):
            one.is_applied = True
    if errors:
        raise errors[0]


def require(*names: str) -> None:
    """Looks whether each function that `SKY_RUST=require` wants to be native is; also where it isn't to raise anything.

    Raises:
        ImportError: one isn't, although SkyPilot's module is imported.
    """
    for one in wanted(names):
        is_awaited = one.obstacle and _skypilot.is_awaited(one.function.module)
        if _process.POLICY.required and one.is_native() and one.obstacle and not is_awaited:
            raise ImportError(f"SKY_RUST=require: {one.function.name} can't run natively: {one.obstacle}")


def install(*names: str) -> None:
    """Attaches natives to SkyPilot's own functions; see `sky_rust.install`."""

    def change(one: Wanted) -> None:
        one.installed = True

    _apply_to(names, change)


def uninstall(*names: str) -> None:
    """Detaches natives: SkyPilot's functions are as they were.

    Args:
        names: the functions; all of them by default.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(one: Wanted) -> None:
        one.installed = False

    _apply_to(names, change)


def enable(name: str) -> None:
    """Switches a function on, from any thread, at once; also one that its environment variable has switched off.

    `SKY_RUST=0` and the control file stay in force. A function that isn't installed is attached when it is.

    Args:
        name: the function's dotted name, such as 'hash_file'.

    Raises:
        ValueError: there is no function of that name.
        ImportError: `SKY_RUST=require`, and its native can't be used.
    """

    def change(one: Wanted) -> None:
        one.set("called", Setting("on", ""))

    _apply_to((name,), change)


def disable(name: str) -> None:
    """Switches a function off, from any thread, at once: its calls go to Python.

    A call that is under way ends natively.

    Args:
        name: the function's dotted name, such as 'hash_file'.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(one: Wanted) -> None:
        one.set("called", Setting("off", "switched off by sky_rust.disable()"))

    _apply_to((name,), change)


def shadow(name: str, *, rate: float = 1.0) -> None:
    """Switches a function to shadow, from any thread, at once: its native's answers are compared with the original's.

    The caller gets the original's outcome. After the first mismatch the function is off in this process; `status()` and
    a warning of the logger `sky_rust` say so.

    Args:
        name: the function's dotted name, such as 'hash_file'.
        rate: the share of the calls that is compared, 0.0 to 1.0, drawn by chance; the others are the original's alone.

    Raises:
        ValueError: there is no function of that name, or the rate is out of its range.
        ImportError: `SKY_RUST=require`, and its native can't be used.
    """
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"the rate is a share of the calls, from 0.0 to 1.0, and not {rate!r}")

    def change(one: Wanted) -> None:
        one.set("called", Setting("shadow", "in shadow by sky_rust.shadow()", float(rate)))

    _apply_to((name,), change)


def obey(settings: Mapping[str, Setting | None]) -> None:
    """Sets what the control file says, and applies it. What doesn't change is left alone, such as a breaker.

    Args:
        settings: function name -> its setting, or None.

    Raises:
        Exception: some of it could not be applied; again tries that again.
    """
    all_of = wanted(settings) if settings else []  # no names would mean all of them
    for one in all_of:
        setting = settings[one.function.name]
        if setting != one.said("control"):
            one.set("control", setting)
            one.is_applied = False
    _apply_all([one for one in all_of if not one.is_applied])


def set_observer(name: str, observer: Observer | None) -> None:
    """Shows a native's answers to an observer, next to the control's outcome of the same call: shadow.

    The caller gets the control's outcome, whatever the observer does.

    Args:
        name: the function's dotted name, such as 'hash_file'.
        observer: gets each answer; None: answers go to the caller.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(one: Wanted) -> None:
        one.observer = observer

    _apply_to((name,), change)
