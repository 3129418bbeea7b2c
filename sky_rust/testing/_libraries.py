"""The libraries that originals import when they first need them, such as psutil."""

from __future__ import annotations

from contextlib import suppress
from importlib import metadata

from sky_rust import _native, _skypilot
from sky_rust._registry import function


def load_libraries(*names: str) -> None:
    """Imports the libraries of some functions, as SkyPilot does; until then, their natives decline.

    Args:
        names: the functions.

    Raises:
        ValueError: there is no function of that name.
    """
    for name in names:
        for library in _native.libraries(name):
            _skypilot.load_library(function(name), library)


def libraries_of(name: str) -> dict[str, tuple[str, str]]:
    """The libraries of a function that are imported, and can be told: library -> digest and release.

    Args:
        name: the function.

    Raises:
        ValueError: there is no function of that name.
    """
    found = {}
    for library in _native.libraries(name):
        with suppress(ValueError):  # its files can't be read, or have changed since the process began
            known = _native.library(name, library)
            if known is not None:
                digest, release = known
                found[library] = (digest, release or _installed(library))
    return found


def _installed(library: str) -> str:
    """The release of a library that doesn't say it itself, as pendulum since 3.2; '' where it is not known."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(library)
    return ""
