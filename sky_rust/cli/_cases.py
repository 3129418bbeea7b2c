"""The calls that `demo` and `bench` measure: those of every function that have a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sky_rust.testing._functions import named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sky_rust.testing import Call


class Case(NamedTuple):
    """One row of a table.

    function, input: the function, and the label of its input.
    call: the call, with its world.
    """

    function: str
    input: str
    call: Call


#: The functions in which requests, launches and tables spend their time. They come first, the others behind them.
FIRST = (
    "Config.get_nested",
    "redact_sensitive_values",
    "readable_time_duration",
    "validate_schema",
    "decode_payload",
    "dump_yaml_str",
    "check_no_duplicate_keys",
    "safe_load",
    "read_yaml",
    "read_yaml_str",
    "read_yaml_all_str",
)


def in_order(names: Iterable[str]) -> list[str]:
    """The functions in the order in which a table has them."""
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def answered(names: Iterable[str], *, large: bool) -> list[Case]:
    """Calls that natives answer, of these functions; those on large inputs only with `large`."""
    return [
        Case(name, one.label, one.call)
        for name in in_order(names)
        for one in named(name)
        if not one.declined and (large or not one.large)
    ]


def declined(names: Iterable[str]) -> list[Case]:
    """Calls that natives leave to the originals, of these functions."""
    return [Case(name, one.label, one.call) for name in in_order(names) for one in named(name) if one.declined]
