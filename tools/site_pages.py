"""Writes the sources of the documentation's site: docs/ with the pages that are made, links and diagrams.

    python tools/site_pages.py FOLDER    `nox -s docs` builds the site of that

Links in the documentation are written for who reads it in the repository. On the site, a link to a file that a page is
made of leads to that page, and a link to any other file of the repository is text without a link.
"""

from __future__ import annotations

import itertools
import json
import posixpath
import re
import shutil
import sys
from html import escape
from pathlib import Path

import reference

ROOT = Path(__file__).parents[1]

#: A file of the repository -> the page of the site that is that file.
COPIED = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "SECURITY.md": "security.md",
}

#: A file or folder of the repository -> the page of the site that is made of it.
MADE_OF = {
    "rust/src/natives": "reference/functions.md",
    "sky_rust/__init__.py": "reference/api.md",
    "sky_rust/_policy.py": "reference/environment.md",
    "sky_rust/_status.py": "reference/reasons.md",
    "sky_rust/cli/__init__.py": "reference/cli.md",
    "sky_rust/testing/__init__.py": "reference/api.md",
}

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


def pages() -> dict[str, str]:
    """The text of each page, with the links of the site, by its path in the site's sources.

    Raises:
        reference.OutOfDateError: a page can't be made, a link leads to no file, or a page is not in the site's menu.
    """
    texts = {page: (file, (ROOT / file).read_text(encoding="utf-8")) for file, page in COPIED.items()}
    for file in sorted((ROOT / "docs").rglob("*.md")):
        page = file.relative_to(ROOT / "docs").as_posix()
        texts[page] = (f"docs/{page}", file.read_text(encoding="utf-8"))
    texts.update((page, (f"docs/{page}", make())) for page, make in reference.PAGES.items())
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in texts:
        if f" {page}\n" not in menu:
            raise reference.OutOfDateError(f"{page} is not in the menu, in mkdocs.yml")
    return {page: with_links(text, home, page) for page, (home, text) in texts.items()}


def write(folder: Path) -> None:
    """Writes the site's sources into a folder: docs/, the files at the top of the repository, and the reference.

    Raises:
        reference.OutOfDateError: as `pages`, and where a diagram has no title.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder)
    for page, text in pages().items():
        file = folder / page
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(with_diagrams(text), encoding="utf-8")


def with_links(markdown: str, home: str, here: str) -> str:
    """A page's text with the links of the site. Blocks of code stay as they are.

    Args:
        markdown: the text.
        home: the file's path in the repository.
        here: the page's path in the site's sources.
    """
    pieces = re.split(r"(^ *```.*?^ *```$)", markdown, flags=re.M | re.S)
    return "".join(
        piece if at % 2 else _LINK.sub(lambda found: _link(found, home, here), piece) for at, piece in enumerate(pieces)
    )


def _link(found: re.Match[str], home: str, here: str) -> str:
    mark, text, target = found.groups()
    path, hash_, fragment = target.partition("#")
    if not path or ":" in path:
        return found[0]
    file = posixpath.normpath(posixpath.join(posixpath.dirname(home), path))
    within = file[len("docs/") :] if file.startswith("docs/") else ""
    if within not in reference.PAGES and not (ROOT / file).exists():
        raise reference.OutOfDateError(f"{home} links to {file}, and there is no such file")
    page = COPIED.get(file) or MADE_OF.get(file) or within
    if not page:
        return text
    return f"{mark}[{text}]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{hash_}{fragment})"


def with_diagrams(markdown: str) -> str:
    """A page's text with drawings in place of its fences of `mermaid`, so that the site needs no script for them."""
    drawings = itertools.count(1)

    def draw(found: re.Match[str]) -> str:
        title = re.search(r"^ *accTitle: *(.+)$", found[1], re.M)
        if not title:
            raise reference.OutOfDateError(f"a diagram has no accTitle: {found[1]}")
        drawn = "".join(_drawing(found[1], theme, next(drawings)) for theme in ("default", "dark"))
        return f'<div class="diagram" role="img" aria-label="{escape(title[1], quote=True)}">{drawn}</div>\n'

    return re.sub(r"^```mermaid\n(.*?)^```$", draw, markdown, flags=re.M | re.S)


#: The size of a drawing's letters, beside those of the page.
SCALE = 0.85


def _drawing(source: str, theme: str, number: int) -> str:
    """A diagram in the colours of one theme; the page's style shows the one for its own."""
    import mmdr  # only who draws needs it

    wishes = json.dumps({"theme": theme, "flowchart": {"htmlLabels": False, "wrappingWidth": 400}})
    drawn = mmdr.render(f"%%{{init: {wishes}}}%%\n{source}").svg()
    width = re.search(r"max-width: *([\d.]+)px", drawn)
    if width:
        drawn = drawn.replace('width="100%"', f'width="{SCALE * float(width[1]):.0f}"', 1)
    return f'<div class="{theme}">{drawn.replace("merman", f"diagram-{number}")}</div>'


if __name__ == "__main__":
    write(Path(sys.argv[1]))
