"""sky-rust: SkyPilot's helper functions, the same, faster.

A developer of SkyPilot swaps an import (`from sky_rust.utils import common_utils`); an operator calls `install()` in a
process that runs an unmodified SkyPilot. `SKY_RUST=0` takes it all back.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sky_rust._attachment import control
    from sky_rust._install import disable, enable, install, uninstall
    from sky_rust._status import (
        BackendInfo,
        FunctionStats,
        FunctionStatus,
        get_backend_info,
        is_rust_available,
        stats,
        status,
    )

__version__ = "0.1.0"

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
    "stats",
    "status",
    "uninstall",
]


def __getattr__(name: str) -> object:
    # What is behind these names is imported when one of them is first used: `import sky_rust` alone costs nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sky_rust import _attachment, _install, _status

    return next(getattr(module, name) for module in (_install, _status, _attachment) if hasattr(module, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
