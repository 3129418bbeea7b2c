"""Deliberately wrong natives: the faults from every function's file, in one list.

`test_faults` builds the crate once with all of them inside, each behind a switch, and expects the differential suite to
catch every one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sky_rust._registry import FUNCTIONS
from tests.functions import native_file, suite_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.functions._faults import Kind


class Planted(NamedTuple):
    """A fault, and where it is planted.

    function: the function whose native the fault makes wrong.
    kind: what a good engineer got wrong.
    file: the file, as a path in the repository.
    right, wrong: the text in the file, and the text put in its place.
    shows: the call, and the world, that show it.
    unseen: the reason why `verify` does not see it; '' if it does.
    """

    function: str
    kind: Kind
    file: str
    right: str
    wrong: str
    shows: str
    unseen: str = ""

    def __str__(self) -> str:
        """The fault's name in a test report."""
        return f"{self.function}, {self.kind}: {self.wrong}"


FAULTS = tuple(
    Planted(function.name, fault.kind, fault.file or native_file(function), *fault[1:3], fault.shows, fault.unseen)
    for function in FUNCTIONS
    for fault in suite_of(function).FAULTS
)

#: A native that panics: the call is declined, and all calls after it, with a reason.
PANIC = next(
    Planted(
        function.name,
        "value",
        native_file(function),
        "(0..=MOST_PRECISE).contains(&precision)",
        'panic!("planted {}", 7)',
        "format_float(2.5)",
    )
    for function in FUNCTIONS
    if function.name == "format_float"
)


def with_faults(text: str, faults: Iterable[tuple[int, Planted]]) -> str:
    """The text of one file with these faults in it, each behind its number.

    A fault may lie inside another one, or take the place of the same text; none begins in one and ends outside.
    """
    marks: list[tuple[int, bool, int, str]] = []
    for number, fault in faults:
        assert text.count(fault.right) == 1, f"not once in {fault.file}: {fault.right}"
        start = text.index(fault.right)
        end = start + len(fault.right)
        for other, is_begin, other_end, _ in marks:
            crosses = is_begin and (other < start < -other_end < end or start < other < end < -other_end)
            assert not crosses, f"two faults of {fault.file} overlap: {fault.right}"
        # At one place, first what ends there, and then the longest that begins.
        marks.append((start, True, -end, f"(if crate::fault({number}) {{ {fault.wrong} }} else {{ "))
        marks.append((end, False, 0, " })"))
    for at, _, _, mark in sorted(marks, reverse=True):
        text = text[:at] + mark + text[at:]
    return text
