"""What a call leaves behind in its process: open descriptors, children, output, references to its arguments."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The file that standard output and error go to; None while they go where they always do.
_output: int | None = None


@contextmanager
def captured() -> Iterator[None]:
    """Sends this process's standard output and error to a file in memory, in which each call's part is found."""
    global _output
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    _output = os.memfd_create("sky-rust-output")
    os.dup2(_output, 1)
    os.dup2(_output, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for kept_one, number in zip(kept, (1, 2)):
            os.dup2(kept_one, number)
            os.close(kept_one)
        os.close(_output)
        _output = None


@contextmanager
def frozen() -> Iterator[None]:
    """Keeps all that there is already from the garbage collector, which takes 0.2 seconds to look through SkyPilot."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Left(NamedTuple):
    """What a process has at one moment.

    descriptors: the numbers of the open ones.
    children: its child processes, in the kernel's words.
    written: how many bytes standard output and error have got, where they are captured.
    """

    descriptors: frozenset[str]
    children: bytes
    written: int

    @classmethod
    def now(cls) -> Left:
        """What this process has now; what it can't have, for want of descriptors, is left out."""
        descriptors, children = [], b""
        with suppress(OSError):
            # Without the one by which they are listed: the number is free again.
            descriptors = [number for number in os.listdir("/proc/self/fd") if _is_open(number)]
            with open("/proc/thread-self/children", "rb") as file:
                children = file.read()
        written = os.lseek(_output, 0, os.SEEK_END) if _output is not None else 0
        return cls(frozenset(descriptors), children, written)

    def since(self, before: Left) -> tuple[str, ...]:
        """What is there now, and was not before, in words."""
        there = [_described(number) for number in self.descriptors - before.descriptors]
        said = [f"open: {one}" for one in sorted(there) if one]
        if self.children != before.children:
            said.append(f"children: {len(self.children.split()) - len(before.children.split()):+}")
        if self.written > before.written and _output is not None:
            text = os.pread(_output, self.written - before.written, before.written)
            said.append(f"written: {text.decode(errors='replace')}")
        return tuple(said)


def _is_open(number: str) -> bool:
    with suppress(OSError):
        os.fstat(int(number))
        return True
    return False


def _described(number: str) -> str:
    """What a descriptor is open on; '' if it is closed by now, as that of the listing itself is."""
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
        kept = " inheritable" if os.get_inheritable(int(number)) else ""
    except OSError:
        return ""
    return target.split(":[")[0] + kept


def references(arguments: Iterable[object]) -> list[int]:
    """The number of references to each argument, and to the values of each dict."""
    counts = []
    for one in arguments:
        if _is_countable(one):
            counts.append(sys.getrefcount(one))
        if type(one) is dict:
            counts += [sys.getrefcount(value) for value in one.values() if _is_countable(value)]
    return counts


def _is_countable(value: object) -> bool:
    """Whether the references to a value are the call's alone, and not those of code that happens to use the same."""
    if isinstance(value, (str, bytes)):
        return len(value) > 1
    if isinstance(value, int):
        return not -10 < value < 300
    return value is not None and not isinstance(value, type)
