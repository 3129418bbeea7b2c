"""The wanted state of a function: whether it is installed, its switch, and the observer of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sky_rust import _policy, _process
from sky_rust._policy import Setting
from sky_rust._registry import FUNCTIONS, function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sky_rust._attachment import Observer
    from sky_rust._registry import Function


#: The sources of a setting that beat the environment, the strongest first, and words for them.
_SOURCES = {"breaker": "breaker", "control": "control file", "called": "API"}


class Wanted:
    """The wanted state of one function, and the obstacle to it. The process holds the state (see `_process`)."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._state = _process.state_of(function.name)

    @property
    def installed(self) -> bool:
        """Whether `install` was called for the function."""
        return bool(self._state.get("installed", False))

    @installed.setter
    def installed(self, value: bool) -> None:
        self._state["installed"] = value

    @property
    def setting(self) -> Setting:
        """The setting in force.

        A mismatch in shadow beats the control file, which beats the last call of `enable`, `disable` or `shadow`, which
        beats the environment.
        """
        said = next(filter(None, map(self.said, _SOURCES)), None)
        return said or _process.POLICY.settings[self.function.name]

    @property
    def source(self) -> str:
        """Where the setting in force comes from, in words.

        'breaker', 'control file' or 'API' (a call of `enable`, `disable` or `shadow`); a variable with its value, such
        as 'SKY_RUST_HASH_FILE=0'; or 'default'.
        """
        variable = _policy.said_of(_process.VARIABLES, self.function)
        if _process.POLICY.disabled:  # whatever else is said
            return variable
        return next((words for source, words in _SOURCES.items() if self.said(source)), variable or "default")

    def said(self, source: str) -> Setting | None:
        """What one source says of the function's switch (see `set`); None if nothing."""
        said = self._state.get(source)
        return Setting(*said) if said is not None else None

    def set(self, source: str, setting: Setting | None) -> None:
        """Sets what one source says of the function's switch.

        Args:
            source: 'called' for a call of `enable`, `disable` or `shadow`, 'control' for the control file, or 'breaker'
                for a mismatch in shadow. A new setting of the other two ends the breaker's.
            setting: what it says; None: nothing any more.
        """
        self._state[source] = None if setting is None else tuple(setting)
        if source != "breaker":
            self._state["breaker"] = None

    @property
    def observer(self) -> Observer | None:
        """The observer of the function's answers that `set_observer` has set; None: none, or the switch decides."""
        observer: Observer | None = self._state.get("observer")
        return observer

    @observer.setter
    def observer(self, value: Observer | None) -> None:
        self._state["observer"] = value

    def comparison(self, make: Callable[[], Observer]) -> Observer:
        """The observer of a function in shadow: one a process, made at the first need."""
        observer: Observer = self._state.get("comparison") or self._state.setdefault("comparison", make())
        return observer

    @property
    def obstacle(self) -> str:
        """Why the native could not be attached at the last attempt; '' if it could."""
        return str(self._state.get("obstacle", ""))

    @obstacle.setter
    def obstacle(self, value: str) -> None:
        self._state["obstacle"] = value

    @property
    def is_applied(self) -> bool:
        """Whether what is wanted was applied without an error, if only to find an obstacle."""
        return bool(self._state.get("is_applied", True))

    @is_applied.setter
    def is_applied(self, value: bool) -> None:
        self._state["is_applied"] = value

    @property
    def proven(self) -> dict[str, list[str]] | None:
        """The digests of libraries that the native was attached with; None for a native on trial."""
        proven: dict[str, list[str]] | None = self._state.get("proven")
        return proven

    @proven.setter
    def proven(self, value: dict[str, list[str]] | None) -> None:
        self._state["proven"] = value

    def is_native(self) -> bool:
        """Whether the native is wanted, by the function's state and the process's policy as they are now."""
        return self.installed and self.setting.switch != "off" and not _process.POLICY.disabled


def wanted(names: Iterable[str] = ()) -> list[Wanted]:
    """The wanted states of some functions; of all of them if no name is given.

    Raises:
        ValueError: there is no function of one of these names.
    """
    return [Wanted(one) for one in ([function(name) for name in names] or FUNCTIONS)]
