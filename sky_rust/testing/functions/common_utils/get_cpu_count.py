"""Calls of `get_cpu_count`."""

from __future__ import annotations

from sky_rust.testing._calls import Call, Environ
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("no limit set", Call(worlds=(Environ({"SKYPILOT_POD_CPU_CORE_LIMIT": None}),))),
    ]


def generated() -> Domain:
    """The environment's limit, and the thread's affinity; tests/worlds has the control groups."""
    from sky_rust.testing._values import limited, limits

    return limited("SKYPILOT_POD_CPU_CORE_LIMIT", common=limits)
