"""sky-rust: SkyPilot's helper functions, the same, faster.

A developer of SkyPilot swaps an import (`from sky_rust.utils import common_utils`); an operator calls `install()` in a
process that runs an unmodified SkyPilot. With `SKY_RUST=0` in the environment, everything stays in Python.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sky_rust._agent import install
    from sky_rust._attachment import control
    from sky_rust._install import disable, enable, shadow, uninstall
    from sky_rust._status import (
        BackendInfo,
        FunctionStats,
        FunctionStatus,
        get_backend_info,
        is_rust_available,
        stats,
        status,
    )

    __version__: str

__all__ = [
    "BackendInfo",
    "FunctionStats",
    "FunctionStatus",
    "__version__",
    "control",
    "disable",
    "enable",
    "get_backend_info",
    "install",
    "is_rust_available",
    "shadow",
    "stats",
    "status",
    "uninstall",
]


def __getattr__(name: str) -> object:
    # The module behind these names is imported when one of them is first used: `import sky_rust` alone costs nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "__version__":
        return globals().setdefault(name, _version())
    from sky_rust import _agent, _attachment, _install, _status

    modules = (_agent, _install, _status, _attachment)
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    # The version is written down in rust/Cargo.toml alone; the build puts it into the distribution's metadata.
    from importlib import metadata

    try:
        return metadata.version("sky-rust")
    except metadata.PackageNotFoundError:  # a copied folder
        return "0+unknown"
