"""Packages that sky-rust needs for a part of its work alone, and the sentence for where one is not installed.

`psutil` is the only one that is always needed. SkyPilot brings the others; without it, an extra of sky-rust's does.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def sentence(who: str, packages: Iterable[str], extra: str) -> str:
    """The sentence that says which packages are not installed, and how to install them.

    Args:
        who: what needs them, such as 'sky-rust'.
        packages: their names, one or more.
        extra: the extra of sky-rust's that brings them.
    """
    *rest, last = packages
    names, verb = (f"{', '.join(rest)} and {last}", "are") if rest else (last, "is")
    return f"{who} needs {names}, which {verb} not installed: pip install 'sky-rust[{extra}]'"


def missing(packages: Iterable[str]) -> list[str]:
    """Those of some packages that are not installed. None of them is imported.

    Args:
        packages: the names by which they are imported.
    """
    return [package for package in packages if find_spec(package) is None]


def library(module: str, package: str, who: str) -> Any:
    """A library that some functions of a reference need: the module, or its stand-in where it is not installed.

    Args:
        module: the name by which it is imported.
        package: the name by which it is known: 'PyYAML'.
        who: the module that needs it.

    Raises:
        ImportError: it is installed, and can't be imported.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return _Absent(module, sentence(who, [package], "references"))


class _Absent:
    """The stand-in for a library that is not installed: who looks up something of it gets a ModuleNotFoundError."""

    def __init__(self, module: str, message: str) -> None:
        self._module = module
        self._message = message

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # who asks is Python or a tool that looks at all objects, not the function
            raise AttributeError(name)
        raise ModuleNotFoundError(self._message, name=self._module)
