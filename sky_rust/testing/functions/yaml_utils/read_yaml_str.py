"""Calls of `read_yaml_str`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    return _yaml.named_texts()


def generated() -> Domain:
    """Texts of plain YAML, and all others."""
    return _yaml.loading("yaml_str", _yaml.single_texts())
