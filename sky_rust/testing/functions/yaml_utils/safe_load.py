"""Calls of `safe_load`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    return _yaml.named_texts()


def long() -> list[Call]:
    """Calls that take a tenth of a second and more: a signal comes at a scalar, or where a sequence begins.

    Natives handle signals after a multiple of 64 nodes: each such node is a sequence here, in block or in flow style.
    With more sequences, the garbage collector would take the time.
    """
    before = "- 0.5\n" * 62
    block = "- " + "- 0.5\n  " * 62 + "- 0.5\n"
    flow = "- [" + "0.5, " * 63 + "]\n"
    return [Call(("- 0.5\n" * 1_500_000,)), *(Call((before + one * 20_000,)) for one in (block, flow))]


def extremes() -> list[Call]:
    """Short texts that are read in different ways, that are errors, or that are rare."""
    return [Call((text,)) for text in _yaml.TEXTS]


def generated() -> Domain:
    """Texts of plain YAML, and all others."""
    return _yaml.loading("stream", _yaml.single_texts())
