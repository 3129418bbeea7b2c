"""The functions under test by name, and a file for each: its wrong natives, and patches of the names that it looks up.

`<module>/<identifier>.py` has `FAULTS`, `CALL` and `PATCHES`: see `_faults` and `_patching`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sky_rust import _skypilot
from sky_rust._registry import FUNCTIONS
from sky_rust._registry import function as line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust._registry import Function

ROOT = Path(__file__).parents[2]

NAMES = [function.name for function in FUNCTIONS]
MODULES = {function.name: function.module for function in FUNCTIONS}

#: The functions that SkyPilot 0.14.1 does not have: their natives are attached to the references.
REFERENCE_ONLY = {"estimate_fd_for_directory", "is_process_alive"}


def candidate(name: str) -> Callable[..., Any]:
    """The function that a user of the mirror calls."""
    mirror = importlib.import_module(f"sky_rust.utils.{MODULES[name]}")
    function: Callable[..., Any] = _skypilot.look_up(mirror, name)
    return function


def reference(name: str) -> Callable[..., Any]:
    """The plain-Python spec."""
    function: Callable[..., Any] = _skypilot.reference(line_of(name))
    return function


def native_file(function: Function) -> str:
    """The file that has a function's native, as a path in the repository: the first of its folder, if it has one."""
    path = f"rust/src/natives/{function.module}/{function.identifier}"
    return f"{path}/mod.rs" if (ROOT / path).is_dir() else f"{path}.rs"


def suite_file(function: Function) -> str:
    """The file that has a function's wrong natives and patches, as a path in the repository."""
    return f"tests/functions/{function.module}/{function.identifier}.py"


def suite_module(function: Function) -> str:
    """The name of the module that has a function's wrong natives and patches."""
    return f"tests.functions.{function.module}.{function.identifier}"


def suite_of(function: Function) -> Any:
    """The module that has a function's wrong natives and patches."""
    return importlib.import_module(suite_module(function))
