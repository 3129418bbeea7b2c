"""The form in which a function's file describes a wrong native."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong native: an expression of the right one, and the expression that replaces it.

    right: a Rust expression, which has to be in the file exactly once.
    wrong: a Rust expression of the same type.
    file: the file, as a path in the repository; '' for the file of the function's native.
    """

    right: str
    wrong: str
    file: str = ""
