"""An extension of griffe, with which mkdocstrings reads docstrings: it knows how classes here list their fields.

A paragraph of a class's docstring that begins with a name and a colon, `answers: calls that the native answered.`, is a
list in Markdown, with an entry for each line that begins so.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_FIELD = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): (?=\S)", re.M)


def with_list(docstring: str) -> str:
    """A docstring whose fields are a list."""
    paragraphs = docstring.split("\n\n")
    for at, paragraph in enumerate(paragraphs[1:], 1):
        if _FIELD.match(paragraph):
            paragraphs[at] = _FIELD.sub(lambda found: f"- `{found[1].replace(', ', '`, `')}`: ", paragraph)
    return "\n\n".join(paragraphs)


class Attributes(griffe.Extension):  # type: ignore[misc, unused-ignore]
    """Rewrites the docstring of each class before it is parsed."""

    def on_class(self, *, cls: griffe.Class, **_others: Any) -> None:
        """Rewrites a class's docstring."""
        if cls.docstring:
            cls.docstring.value = with_list(cls.docstring.value)
