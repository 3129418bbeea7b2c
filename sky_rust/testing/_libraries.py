"""The libraries that originals import when they first need them, such as psutil."""

from __future__ import annotations

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
