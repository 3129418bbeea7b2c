"""Calls of `get_parallel_threads`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import KernelFiles


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("None", Call()),
        Named("'kubernetes'", Call(("kubernetes",))),
        Named("not in ASCII", Call(("k\N{KELVIN SIGN}",)), declined=True),
    ]


def generated() -> Domain:
    """Clouds."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import clouds, in_world, odd_clouds, with_arguments

    common = with_arguments() | with_arguments(clouds) | with_arguments(cloud_str=clouds)
    # CPython has the numbers up to 256 from its start, and makes larger ones when they are needed.
    cpus = st.sampled_from(["0\n", "0-3\n", "0-99\n", "0-299\n", "0-1023\n"]).map(
        lambda text: KernelFiles({"/sys/devices/system/cpu/online": text})
    )
    return Domain(
        common,
        with_arguments(odd_clouds) | with_arguments(clouds, clouds) | with_arguments(cloud=clouds),
        in_world(common, cpus),
    )
