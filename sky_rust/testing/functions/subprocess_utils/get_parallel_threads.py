"""Calls of `get_parallel_threads`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("None", Call()),
        Named("'kubernetes'", Call(("kubernetes",))),
        Named("not in ASCII", Call(("k\N{KELVIN SIGN}",)), declined=True),
    ]


def generated() -> Domain:
    """Clouds."""
    from sky_rust.testing._values import clouds, odd_clouds, with_arguments

    common = with_arguments() | with_arguments(clouds) | with_arguments(cloud_str=clouds)
    return Domain(common, with_arguments(odd_clouds) | with_arguments(clouds, clouds) | with_arguments(cloud=clouds))
