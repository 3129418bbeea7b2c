"""Calls of `estimate_fd_for_directory`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._places import Directory


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("10 entries", Call((Directory(10),))),
        Named("10,000 entries", Call((Directory(10_000),))),
    ]


def generated() -> Domain:
    """Directories of every size, and paths that are no directories."""
    from sky_rust.testing._values import in_world, no_descriptors, odd_paths, sources, with_arguments

    return Domain(
        with_arguments(sources) | with_arguments(path=sources).filter(lambda call: bool(call.kwargs)),
        with_arguments(odd_paths) | with_arguments() | in_world(with_arguments(sources), no_descriptors),
    )
