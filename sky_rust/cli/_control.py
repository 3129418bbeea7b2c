"""The control file as it is now, for a process that obeys it once and doesn't follow it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust import _control_file
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from sky_rust._control_file import Switches


class Control(NamedTuple):
    """A control file.

    file: its path.
    there: whether there is a file.
    refused: why it isn't obeyed; '' if it is.
    switches: what it says; nothing where it isn't obeyed.
    unknown: its lines that are for no function of this release, and so count for nothing.
    """

    file: str
    there: bool = False
    refused: str = ""
    switches: Switches = _control_file.NO_FILE
    unknown: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """All of it, for a document."""
        switches = {key: setting._asdict() for key, setting in self.switches.settings.items()}
        return {
            "file": self.file,
            "there": self.there,
            "refused": self.refused,
            "problem": self.switches.problem,
            "switches": switches,
            "unknown": list(self.unknown),
        }


def read(path: str) -> Control:
    """Reads a control file."""
    try:
        content = _control_file.load(path)
    except _control_file.RefusedError as refused:
        return Control(path, there=True, refused=str(refused))
    if content is None:
        return Control(path)
    switches = _control_file.parse(path, content, [function.name for function in FUNCTIONS])
    keys: list[str] = []
    with suppress(ValueError, RecursionError):  # the switches say so
        keys = list(json.loads(content)) if not switches.problem else []
    return Control(path, True, "", switches, tuple(key for key in keys if key not in switches.settings))
