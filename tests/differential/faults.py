"""Deliberately wrong natives: the faults from every function's file, in one list.

`test_faults` builds the crate once with all of them inside, each behind a switch, and expects the differential suite to
catch every one.
"""

from __future__ import annotations

from typing import NamedTuple

from sky_rust._registry import FUNCTIONS
from tests.functions import native_file, suite_of


class Planted(NamedTuple):
    """A fault, and where it is planted.

    function: the function whose native the fault makes wrong.
    file: the file, as a path in the repository.
    right, wrong: the text in the file, and the text put in its place.
    """

    function: str
    file: str
    right: str
    wrong: str

    def __str__(self) -> str:
        """The fault's name in a test report."""
        return f"{self.function}: {self.wrong}"


FAULTS = tuple(
    Planted(function.name, fault.file or native_file(function), fault.right, fault.wrong)
    for function in FUNCTIONS
    for fault in suite_of(function).FAULTS
)

#: A native that panics: the call is declined, and all calls after it, with a reason.
PANIC = next(
    Planted(function.name, native_file(function), "(0..=300).contains(&precision)", 'panic!("planted {}", 7)')
    for function in FUNCTIONS
    if function.name == "format_float"
)
