"""The document that the page shows: the processes of this host, and each function's counts over all of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import sky_rust
from sky_rust import _control_file, _fleet, _process
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from sky_rust._fleet import Fleet
    from sky_rust._policy import Setting
    from sky_rust._registry import Function


def document() -> dict[str, Any]:
    """What there is to show now, of types that JSON knows."""
    fleet, control, settings = _fleet.read(), *_control()
    return {
        "host": os.uname().nodename,
        "version": sky_rust.__version__,
        "control": control,
        "functions": [_function(fleet, one, settings) for one in FUNCTIONS],
        "processes": [one._asdict() for one in fleet.processes],
    }


def _control() -> tuple[dict[str, str], dict[str, Setting]]:
    """What is to be said of the control file, and its settings."""
    path = _process.CONTROL_FILE
    control = {"file": path, "problem": "", "every": "", "read_only": _read_only(path)}
    read = _control_file.read(path, (one.name for one in FUNCTIONS))
    if read.refused:
        return {**control, "problem": f"{read.refused}: the switches before stay in force"}, {}
    if read.switches.problem:
        return {**control, "problem": f"{read.switches.problem}: all functions are off"}, {}
    settings = read.switches.settings
    return {**control, "every": _line(settings.get(_control_file.EVERY))}, settings


def _read_only(path: str) -> str:
    """Why a control file can't be written, in words; '' if it can. The folder counts: files are replaced in it."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} can't be written by the server"


def _line(setting: Setting | None) -> str:
    """A setting as the control file has it; '' for none."""
    if setting is None:
        return ""
    return f"shadow {setting.rate:g}" if setting.switch == "shadow" and setting.rate != 1 else setting.switch


def _function(fleet: Fleet, function: Function, settings: dict[str, Setting]) -> dict[str, Any]:
    said = [one.functions[function.name] for one in fleet.processes if function.name in one.functions]
    rust = [one["switch"] for one in said if one["backend"] == "rust"]
    return {
        "name": function.name,
        "module": function.module,
        "line": _line(settings.get(function.name)),
        "rust": len(rust) - rust.count("shadow"),
        "shadow": rust.count("shadow"),
        "python": len(said) - len(rust),
        "ratio": fleet.ratio(function.name),
        **fleet.sums.get(function.name, dict.fromkeys(_fleet.COUNTS, 0)),
    }
