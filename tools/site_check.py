"""Fails where a site isn't whole without a network: `nox -s docs`.

    python tools/site_check.py FOLDER

Looks at each page for what a browser would load from somewhere else: scripts, styles, pictures, frames. Links that a
reader follows may lead anywhere. Exit status 1, with a line for each, where there is one; 2 where there is no site.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path

#: What a browser loads, by element: the attribute that says from where.
LOADED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "object": "data",
    "script": "src",
    "video": "src",
}

#: The kinds of `<link>` that a browser loads.
KINDS = {"icon", "manifest", "modulepreload", "preconnect", "preload", "stylesheet"}


class Page(HTMLParser):
    """Collects what a page loads from other places."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what an element loads."""
        values = {name: value or "" for name, value in attrs}
        source = values.get(LOADED.get(tag, ""), "")
        if tag == "link" and KINDS & set(values.get("rel", "").split()):
            source = values.get("href", "")
        if source.startswith(("http:", "https:", "//")):
            self.outside.append(f"<{tag}> {source}")


def outside(page: str) -> list[str]:
    """What a page's text loads from other places."""
    parser = Page()
    parser.feed(page)
    return parser.outside


def main(folder: Path) -> int:
    """Prints what the site's pages load from other places; returns the exit status."""
    pages = sorted(folder.rglob("*.html"))
    if not pages:
        print(f"{folder} has no pages", file=sys.stderr)
        return 2
    found = [f"{page}: {one}" for page in pages for one in outside(page.read_text(encoding="utf-8"))]
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
