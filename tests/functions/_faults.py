"""How a function's file says what a wrong native of it would be."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong native: an expression of the right one, and what stands there instead.

    right: a Rust expression, which has to be in the file exactly once.
    wrong: one of the same type.
    file: the file, as a path in the repository; '' for the file of the function's native.
    """

    right: str
    wrong: str
    file: str = ""
