"""Which function has its native on it, and why the others have not: install, uninstall, the switches, the reports."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import types
import warnings
from _thread import RLock
from typing import TYPE_CHECKING, NamedTuple

from sky_rust import __version__, _policy
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from sky_rust._registry import Function
    from sky_rust._shadow import Observer


class FunctionStatus(NamedTuple):
    """How a function stands.

    name, module: the function, and its module under `sky.utils`.
    switch: 'on' or 'off'.
    backend: 'rust' if calls go to the native first, else 'python'.
    reason: in words, why it is so.
    """

    name: str
    module: str
    switch: _policy.Switch
    backend: str
    reason: str


class FunctionStats(NamedTuple):
    """What became of a function's calls since the process began, while its native was attached.

    answers: calls that the native answered.
    declines: calls that it left to the original.
    shadowed, mismatches: answers compared with the control's, and those that differed.
    """

    answers: int
    declines: int
    shadowed: int
    mismatches: int


class BackendInfo(NamedTuple):
    """What natives there are, and for whom.

    native: whether the compiled module could be loaded; reason: why not, else ''.
    version: of sky-rust.
    skypilot: SkyPilot's version, '' if it is not installed.
    python, platform: what this is.
    functions: function name -> 'rust' or 'python'.
    """

    native: bool
    reason: str
    version: str
    skypilot: str
    python: str
    platform: str
    functions: dict[str, str]


_CODE_SWAP = sys.version_info[:2] == (3, 11)


class _Bound:
    """One function of the registry: what is wanted for it, and what it has."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.setting = _POLICY.settings[function.name]
        self.installed = False
        #: Why it can't run natively although it should; '' if it can.
        self.obstacle = ""
        self.target: types.FunctionType | None = None
        #: Whom its answers are to be shown to, next to the control's; and whom they are.
        self.observer: Observer | None = None
        self.attached_observer: Observer | None = None
        #: The code that the target had when it was attached: on CPython 3.11, in exchange for its own.
        self.code: types.CodeType | None = None

    def is_wanted(self) -> bool:
        """Whether it should run natively, as things are said to be just now."""
        return self.installed and self.setting.switch == "on" and not _POLICY.disabled

    def prepare(self) -> None:
        """Imports all that `apply` needs: before the lock, since an import may wait for one that needs the lock."""
        if self.is_wanted():
            if not native_obstacle():
                importlib.import_module("sky_rust._proof")
            self.original()

    def apply(self) -> None:
        """Makes what is there what is wanted; once more, if a signal handler has changed that meanwhile."""
        while True:
            wanted = self.is_wanted()
            original = self.original() if wanted else None
            self.obstacle = self._find_obstacle(original) if wanted else ""
            if original is None or self.obstacle:
                self._detach()
            elif not self._is_attached(original):
                self._detach()
                self._attach(original)
            if wanted == self.is_wanted():
                break
        if wanted and self.obstacle and _POLICY.required:
            raise ImportError(f"SKY_RUST=require: {self.function.name} can't run natively: {self.obstacle}")

    def original(self) -> Any:
        """SkyPilot's function; the reference where SkyPilot has none; None while its module is being imported."""
        name, home = self.function.name, home_module(self.function.module)
        if home is not None and (hasattr(home, name) or is_initializing(home)):
            return getattr(home, name, None)
        return getattr(reference_module(self.function.module), name)

    def _find_obstacle(self, original: Any) -> str:
        reason = native_obstacle()
        if reason:
            return reason
        if original is None:
            return f"sky.utils.{self.function.module} is still being imported; call install() once it is"
        from sky_rust import _proof

        return _proof.obstacle(original, self.function.name, self.function.module)

    def _attach(self, original: types.FunctionType) -> None:
        native: Any = _native()
        self.target = original
        try:
            if _CODE_SWAP:
                from sky_rust._trampoline import trampoline

                entry, declined = native.trampoline(self.function.name)
                own = own_code(original)
                original.__code__ = trampoline(own, entry, declined, python_first=self.function.python_first)
            self.code = original.__code__
            self.attached_observer = observer = self.observer
            shadow = (control(self.function.name), observer) if observer is not None else None
            native.attach(self.function.name, original, shadow)
        except ValueError as error:  # not the parameters, or not the bytecode, that the native is made for
            self._detach()
            self.obstacle = str(error)

    def _detach(self) -> None:
        if self.target is None:
            return
        target, self.target = self.target, None
        _native().detach(self.function.name)
        if _CODE_SWAP and target.__code__ is self.code:  # else somebody has put other code there since: theirs stays
            target.__code__ = own_code(target)

    def _is_attached(self, original: types.FunctionType) -> bool:
        is_same = self.target is original and original.__code__ is self.code
        is_same = is_same and self.attached_observer is self.observer
        return is_same and bool(_native().is_attached(self.function.name, original))

    def status(self) -> FunctionStatus:
        backend, reason = self._backend()
        return FunctionStatus(self.function.name, self.function.module, self.setting.switch, backend, reason)

    def _backend(self) -> tuple[str, str]:
        if _POLICY.disabled:
            return "python", _POLICY.disabled
        if self.setting.switch == "off":
            return "python", self.setting.reason
        if not self.installed:
            return "python", (
                f"not installed: import sky_rust.utils.{self.function.module}, or call sky_rust.install()"
            )
        if self.obstacle:
            return "python", self.obstacle
        trouble = _native().trouble(self.function.name)
        if trouble:
            return "python", f"declines at the moment: {trouble}"
        if self.target is None:
            return "python", "not attached: install() has not got that far"
        where = f"{self.target.__module__}.{self.function.name}"
        home = home_module(self.function.module)
        current = getattr(home, self.function.name, self.target)
        if current is not self.target:
            return "python", f"{where} was replaced since install() (reloaded, or patched); call install() again"
        return "rust", f"attached to {where}"


def own_code(function: types.FunctionType) -> types.CodeType:
    """The code that a function has of its own, also while it is attached."""
    if not _CODE_SWAP:
        return function.__code__
    from sky_rust._trampoline import original_of

    return original_of(function.__code__)


@functools.cache
def _native() -> Any:
    """The compiled module; an ImportError says why there is none."""
    return importlib.import_module("sky_rust._native")


@functools.cache
def native_obstacle() -> str:
    """Why nothing can run natively here; '' if something can. Imports the compiled module unless that is forbidden."""
    if _POLICY.disabled:
        return _POLICY.disabled
    if sys.implementation.name != "cpython":
        return f"natives are for CPython, and this is {sys.implementation.name}"
    if sys.platform != "linux":
        return f"natives were shown to be identical on Linux alone, and this is {sys.platform}"
    try:
        _native()
    except ImportError as error:
        return f"no compiled module: {error}"
    return ""


@functools.cache
def has_skypilot() -> bool:
    """Whether SkyPilot is installed, without importing it."""
    return bool(_utils_folders())


def _utils_folders() -> list[str]:
    """The folders of `sky.utils`, found without importing it."""
    try:
        spec = importlib.util.find_spec("sky")
    except ValueError:  # somebody's stand-in, with no spec
        spec = None
    paths = spec.submodule_search_locations if spec is not None else None
    folders = [os.path.join(path, "utils") for path in paths or ()]
    return [folder for folder in folders if os.path.isdir(folder)]


def is_package(module: str) -> bool:
    """Whether `sky.utils.<module>` is a package, without importing it."""
    return any(os.path.isdir(os.path.join(folder, *module.split("."))) for folder in _utils_folders())


def is_initializing(module: types.ModuleType) -> bool:
    """Whether a module is still being imported, so that what it lacks may yet come."""
    return bool(getattr(module.__spec__, "_initializing", False))


def skypilot_version() -> str:
    """SkyPilot's version, without importing it if nobody has; '' where it is not installed."""
    if "sky" in sys.modules or not has_skypilot():
        return str(getattr(sys.modules.get("sky"), "__version__", ""))
    from importlib import metadata

    distributions = metadata.packages_distributions().get("sky", ()) if sys.version_info >= (3, 10) else ("skypilot",)
    return next((metadata.version(distribution) for distribution in distributions), "unknown")


def home_module(module: str) -> types.ModuleType | None:
    """SkyPilot's own module, imported; None without SkyPilot."""
    return importlib.import_module(f"sky.utils.{module}") if has_skypilot() else None


def reference_module(module: str) -> types.ModuleType:
    """The module of the references, imported."""
    return importlib.import_module(f"sky_rust.reference.{module}")


_POLICY = _policy.read(os.environ, (function.name for function in FUNCTIONS))
for _warning in _POLICY.warnings:
    warnings.warn(_warning, RuntimeWarning, stacklevel=2)
_BOUND = {function.name: _Bound(function) for function in FUNCTIONS}
#: Held while attachments change. Re-entrant: a signal handler may switch what it interrupts.
_LOCK = RLock()


def _unlock_in_child() -> None:
    global _LOCK
    _LOCK = RLock()  # whoever held it is not in this process


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)


def _bound(name: str) -> _Bound:
    try:
        return _BOUND[name]
    except KeyError:
        raise ValueError(f"sky-rust has no function {name!r}; it has {', '.join(_BOUND)}") from None


def _each(names: tuple[str, ...]) -> Iterator[_Bound]:
    return iter([_bound(name) for name in names] if names else _BOUND.values())


def _apply_to(names: tuple[str, ...], change: Callable[[_Bound], None]) -> None:
    bounds = list(_each(names))
    for bound in bounds:
        change(bound)
    for bound in bounds:
        bound.prepare()
    with _LOCK:
        if "sky_rust._proof" in sys.modules:
            sys.modules["sky_rust._proof"].look_again()
        for bound in bounds:
            bound.apply()


def install(*names: str) -> None:
    """Attaches natives to SkyPilot's own functions, wherever these are already imported.

    Imports the SkyPilot modules that they are in. Where SkyPilot is not installed, or lacks a function, the reference
    gets the native. A function that can't run natively stays as it is; `status()` says why. Again is the same as
    once; after SkyPilot's module was reloaded, again is needed.

    Args:
        names: the functions; all of them by default.

    Raises:
        ValueError: there is no function of that name.
        ImportError: SkyPilot's module can't be imported, or `SKY_RUST=require` and a native can't be used.
    """

    def change(bound: _Bound) -> None:
        bound.installed = True

    _apply_to(names, change)


def uninstall(*names: str) -> None:
    """Detaches natives: SkyPilot's functions are as they were.

    Args:
        names: the functions; all of them by default.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(bound: _Bound) -> None:
        bound.installed = False

    _apply_to(names, change)


def enable(name: str) -> None:
    """Switches a function on, from any thread, at once; also one that its environment variable has switched off.

    `SKY_RUST=0` stays in force. A function that isn't installed is attached when it is.

    Raises:
        ValueError: there is no function of that name.
        ImportError: `SKY_RUST=require`, and its native can't be used.
    """

    def change(bound: _Bound) -> None:
        bound.setting = _policy.Setting("on", "")

    _apply_to((name,), change)


def disable(name: str) -> None:
    """Switches a function off, from any thread, at once: its calls go to Python.

    A call that is under way ends natively.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(bound: _Bound) -> None:
        bound.setting = _policy.Setting("off", "switched off by sky_rust.disable()")

    _apply_to((name,), change)


def observe(name: str, observer: Observer | None) -> None:
    """Shows what a native answers to an observer, next to what the control makes of the same call: shadow.

    The caller gets the control's outcome, whatever the observer does. None: answers go to the caller.

    Raises:
        ValueError: there is no function of that name.
    """

    def change(bound: _Bound) -> None:
        bound.observer = observer

    _apply_to((name,), change)


def control(name: str) -> Callable[..., Any]:
    """The control: a clone of the original with nothing attached, for comparisons.

    Of the reference, where SkyPilot is not installed or has no such function. Its globals are the original's own: what
    it calls may have natives attached.

    Raises:
        ValueError: there is no function of that name.
    """
    bound = _bound(name)
    original = bound.original()
    if not isinstance(original, types.FunctionType):
        raise ValueError(f"{name} is not SkyPilot's own function at the moment (patched?)")
    clone = types.FunctionType(
        own_code(original), original.__globals__, original.__name__, original.__defaults__, original.__closure__
    )
    clone.__kwdefaults__ = original.__kwdefaults__
    functools.update_wrapper(clone, original)
    del clone.__wrapped__  # type: ignore[attr-defined]
    return clone


def status() -> dict[str, FunctionStatus]:
    """How each function stands, by its name."""
    return {name: bound.status() for name, bound in _BOUND.items()}


def stats() -> dict[str, FunctionStats]:
    """What became of each function's calls, by its name. All zero where there is no compiled module."""
    reports = {}
    for name in _BOUND:
        reports[name] = FunctionStats(*((0, 0, 0, 0) if native_obstacle() else _native().counts(name)))
    return reports


def is_rust_available() -> bool:
    """Whether natives can be used in this process."""
    return not native_obstacle()


def get_backend_info() -> BackendInfo:
    """What natives there are, and for whom."""
    reason = native_obstacle()
    return BackendInfo(
        native=not reason,
        reason=reason,
        version=__version__,
        skypilot=skypilot_version(),
        python=sys.version.split()[0],
        platform=sys.platform,
        functions={name: one.backend for name, one in status().items()},
    )
