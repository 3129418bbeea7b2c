"""The notes of a release: what CHANGELOG.md says of that version, in the form that GitHub's pages show well.

    python tools/release_notes.py 0.2.0 >notes.md

`Unreleased` shows what the next release's will be. It needs nothing but Python.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def notes(changelog: str, version: str) -> str:
    """The part of a changelog that is about one version, without its heading.

    GitHub breaks a line of a release's notes wherever the text does: each paragraph and each item becomes one line.

    Args:
        changelog: the changelog's text, in the form of Keep a Changelog.
        version: the version, such as '0.2.0' (or 'Unreleased').

    Raises:
        ValueError: the changelog has no heading for that version, several of them, or nothing below it.
    """
    heading = rf"^## \[{re.escape(version)}\](?: - \d{{4}}-\d\d-\d\d)?$\n"
    found = re.findall(heading + r"(.*?)(?=^## |^\[[^\]]+\]: |\Z)", changelog, re.M | re.S)
    if len(found) != 1:
        raise ValueError(f"{len(found)} headings '## [{version}] - YYYY-MM-DD' in the changelog, where one is needed")
    text = found[0].strip()
    if not re.search(r"^[^#\s]", text, re.M):
        raise ValueError(f"the changelog says nothing about {version}")
    # A line that begins another item, a heading or a paragraph stays where it is.
    return re.sub(r"(?<=\S)\n *(?=\S)(?!- |#+ )", " ", text) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Print the notes of a version; exit with a message if the changelog has none."""
    parser = argparse.ArgumentParser(description="What the changelog says of a version.")
    parser.add_argument("version", help="such as 0.2.0, or Unreleased")
    parser.add_argument("--changelog", default=CHANGELOG, type=Path, help="another file than CHANGELOG.md")
    options = parser.parse_args(arguments)
    try:
        text = notes(options.changelog.read_text(encoding="utf-8"), options.version)
    except (OSError, ValueError) as error:
        sys.exit(f"{options.changelog}: {error}")
    print(text, end="")


if __name__ == "__main__":
    main()
