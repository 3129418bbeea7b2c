"""Lets output pass through terminals that can't show all of Unicode."""

from __future__ import annotations

import codecs
import io
import sys

#: What is shown in place of characters that ours and rich's output has.
_ASCII = {
    "\N{MICRO SIGN}": "u",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{FULL BLOCK}": "#",
    "\N{LEFT ONE EIGHTH BLOCK}": "|",
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    shown = (_ASCII.get(one) or one.encode("ascii", "backslashreplace").decode() for one in text)
    return "".join(shown), error.end


def make_printable() -> None:
    """Replaces what the encoding of the standard streams lacks, unless PYTHONIOENCODING says what to do with it."""
    codecs.register_error("sky-rust", _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="sky-rust")
