"""A plugin for tests: executors work all the time, and shadow compares one function with a wrong control."""

from __future__ import annotations

import threading
import time
from typing import Any

from sky.server import plugins

from sky_rust import _attachment

#: The function whose control is wrong.
NAME = "format_float"


class PlantedPlugin(plugins.BasePlugin):  # type: ignore[misc, unused-ignore]  # see sky_rust.plugin
    """Plants a difference in each executor, and has it called."""

    def install(self, extension_context: Any) -> None:
        """See `BasePlugin.install`."""
        if extension_context.context.value != "executor":
            return
        control = _attachment.control
        _attachment.control = lambda name: (lambda *_: "planted") if name == NAME else control(name)
        threading.Thread(target=_work, daemon=True).start()


def _work() -> None:
    from sky.utils import common_utils

    while True:
        common_utils.format_float(2.5)
        common_utils.truncate_long_string("x" * 80, 50)
        time.sleep(0.05)
