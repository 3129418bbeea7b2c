"""What `sky-rust run` begins in each process: `sky_rust_autorun.pth` imports this module where `SKY_RUST_RUN` is set.

Natives are attached once SkyPilot's modules are imported. A process that imports none is as it would be without us.
"""

from __future__ import annotations

from sky_rust import _lazy
from sky_rust._registry import FUNCTIONS


def _begin(_module: str) -> None:
    """Begins with the first module of SkyPilot's that has functions; `install` watches for the others."""
    _watcher.stop()
    from sky_rust import _agent

    _agent.begin("run")


_watcher = _lazy.watch({function.module for function in FUNCTIONS}, _begin)
