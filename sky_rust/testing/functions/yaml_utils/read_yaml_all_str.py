"""Calls of `read_yaml_all_str`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        *_yaml.named_texts(),
        Named("300 documents", Call(("---\n".join([_yaml.TASK] * 300),)), large=True),
    ]


def long() -> list[Call]:
    """A call that takes a tenth of a second and more, with empty documents."""
    return [Call(("---\n" * 3_000_000,))]


def extremes() -> list[Call]:
    """Short texts that are read in different ways, that are errors, or that are rare."""
    return [Call((text,)) for text in _yaml.TEXTS]


def generated() -> Domain:
    """Texts of plain YAML, and all others."""
    return _yaml.loading("yaml_str", _yaml.plain_texts())
