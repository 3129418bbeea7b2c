"""Calls of `get_mem_size_gb`."""

from __future__ import annotations

from sky_rust.testing._calls import Call, Environ
from sky_rust.testing._functions import Domain, Named

_LIMITS = ("SKYPILOT_POD_MEMORY_GB_LIMIT", "SKYPILOT_POD_MEMORY_BYTES_LIMIT")


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("no limit set", Call(worlds=(Environ(dict.fromkeys(_LIMITS)),))),
    ]


def generated() -> Domain:
    """The environment's limits."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import limited, limits

    common = limits | st.sampled_from(["inf", "-inf", "1e400", "nan"])
    return limited(*_LIMITS, common=common)
