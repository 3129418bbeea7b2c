"""What `sky-rust run` begins in each process: `sky_rust_autorun.pth` imports this module where `SKY_RUST_RUN` is set.

Natives are attached once SkyPilot's modules are imported. A process that imports none is as it would be without us.
"""

from __future__ import annotations

from sky_rust import _lazy
from sky_rust._registry import FUNCTIONS


def _begin(_module: str) -> None:
    """Begins with the first module of SkyPilot's that has functions; `install` watches for the others."""
    _watcher.stop()
    try:
        from sky_rust import _agent

        _agent.begin("run")
    except Exception as error:  # sky-rust itself can't be imported: SkyPilot's import doesn't fail for that
        import logging

        words = "sky-rust can't begin in this process, which stays in Python"
        logging.getLogger("sky_rust").warning("%s: %s: %s", words, type(error).__name__, error)


_watcher = _lazy.watch({function.module for function in FUNCTIONS}, _begin)
