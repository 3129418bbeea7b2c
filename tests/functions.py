"""The functions under test, by name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [function.name for function in FUNCTIONS]
MODULES = {function.name: function.module for function in FUNCTIONS}

#: What SkyPilot 0.14.1 does not have: there, the reference has the native.
REFERENCE_ONLY = {"estimate_fd_for_directory", "is_process_alive"}


def candidate(name: str) -> Callable[..., Any]:
    """What a user of the mirror calls."""
    function: Callable[..., Any] = getattr(importlib.import_module(f"sky_rust.utils.{MODULES[name]}"), name)
    return function


def reference(name: str) -> Callable[..., Any]:
    """The plain-Python spec."""
    module = importlib.import_module(f"sky_rust.reference.{MODULES[name]}")
    function: Callable[..., Any] = getattr(module, name)
    return function
