"""The wanted state of a function: whether it is installed, its switch, and the observer of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sky_rust import _process
from sky_rust._policy import Setting
from sky_rust._registry import FUNCTIONS, function

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sky_rust._attachment import Observer
    from sky_rust._registry import Function


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
        """The function's switch, with words for its source: the environment, until a call has set it."""
        said = self._state.get("setting")
        return Setting(*said) if said is not None else _process.POLICY.settings[self.function.name]

    @setting.setter
    def setting(self, value: Setting) -> None:
        self._state["setting"] = tuple(value)

    @property
    def observer(self) -> Observer | None:
        """The observer of the function's answers; without one (None), the answers go to the caller."""
        observer: Observer | None = self._state.get("observer")
        return observer

    @observer.setter
    def observer(self, value: Observer | None) -> None:
        self._state["observer"] = value

    @property
    def obstacle(self) -> str:
        """Why the native could not be attached at the last attempt; '' if it could."""
        return str(self._state.get("obstacle", ""))

    @obstacle.setter
    def obstacle(self, value: str) -> None:
        self._state["obstacle"] = value

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
        return self.installed and self.setting.switch == "on" and not _process.POLICY.disabled


def wanted(names: Iterable[str] = ()) -> list[Wanted]:
    """The wanted states of some functions; of all of them if no name is given.

    Raises:
        ValueError: there is no function of one of these names.
    """
    return [Wanted(one) for one in ([function(name) for name in names] or FUNCTIONS)]
