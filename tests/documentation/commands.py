"""Runs the commands of the documentation: `nox -s docs`.

Each block of `sh` or `python` in the README, in CONTRIBUTING.md and below docs/ is a test. A page's blocks run one
after the other, as a reader would paste them, in one folder and with one home, in which there is nothing at the
beginning but a file `src/plugin.py`. A block of `text` behind one is its output: each of its lines has to be in what
was printed, in that order, and `…` stands for anything.

A block that can't run here has the comment `<!-- not run: REASON -->` above it. It is skipped with that reason, which
pytest lists at the end, and only looked at: its syntax, and whether the commands, options and sessions that it names
exist.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml
from markdown_it import MarkdownIt

import noxfile
from sky_rust.cli import main as command_line
from tests.functions import ROOT

NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*", re.S)


class Block(NamedTuple):
    """A block of code.

    page: the file's path in the repository.
    line: the line on which it begins.
    language: `sh` or `python`.
    text: the code.
    reason: why it is not run; '' if it is.
    output: the lines that it prints; none if the page doesn't say.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str
    output: list[str]


def blocks_of(page: str, text: str, languages: tuple[str, ...] = ("sh", "python")) -> list[Block]:
    """The blocks of a page that are in some languages, in their order."""
    found = []
    tokens = [token for token in MarkdownIt().parse(text) if token.type in ("fence", "html_block", "inline")]
    for at, token in enumerate(tokens):
        if token.type != "fence" or token.info not in languages:
            continue
        before, after = tokens[at - 1], tokens[min(at + 1, len(tokens) - 1)]
        comment = NOT_RUN.fullmatch(before.content) if at and before.type == "html_block" else None
        is_output = after.type == "fence" and after.info.partition(" ")[0] == "text"
        output = after.content.splitlines() if is_output else []
        reason = " ".join(comment[1].split()) if comment else ""
        found.append(Block(page, (token.map or [0])[0] + 1, token.info, token.content, reason, output))
    return found


def blocks(*languages: str) -> list[Block]:
    """The blocks of all pages that are in some languages."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [block for page, text in texts.items() for block in blocks_of(page, text, languages)]


PAGES = ["README.md", "CONTRIBUTING.md", *sorted(str(it.relative_to(ROOT)) for it in (ROOT / "docs").rglob("*.md"))]
BLOCKS = blocks("sh", "python")


def lacking(lines: list[str], printed: str) -> str:
    """The first of some lines that isn't in an output behind the ones before it; '' if all are. Blanks count as one."""
    rest = iter([" ".join(line.split()) for line in printed.splitlines()])
    for line in lines:
        wanted = re.compile(".*".join(re.escape(part.strip()) for part in " ".join(line.split()).split("…")))
        if not any(wanted.fullmatch(one) for one in rest):
            return line
    return ""


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each page, with the commands that a reader has: `sky-rust`, `python` and those beside it."""
    folders = {}
    for page in PAGES:
        folders[page] = tmp_path_factory.mktemp(Path(page).stem)
        for name in ("bin", "home", "work"):
            (folders[page] / name).mkdir()
        command = folders[page] / "bin" / "sky-rust"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m sky_rust "$@"\n')
        command.chmod(0o755)
        # The source that a page's reader has: a plugin of two lines.
        (folders[page] / "work" / "src").mkdir()
        (folders[page] / "work" / "src" / "plugin.py").write_text(
            "from sky.utils import common_utils\n\nprint(common_utils)\n"
        )
    return folders


@pytest.mark.parametrize("block", [pytest.param(it, id=f"{it.page}:{it.line}") for it in BLOCKS])
def test_block(block: Block, homes: dict[str, Path]) -> None:
    """Runs a block, and compares what it prints with what the page says."""
    if block.reason:
        look_at(block)
        pytest.skip(f"{block.page}:{block.line}: {block.reason}")
    folder = homes[block.page]
    command = (
        [sys.executable, "-c", block.text]
        if block.language == "python"
        else ["bash", "-euo", "pipefail", "-c", block.text]
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SKY", "PYTEST"))}
    environ |= {
        "COLUMNS": "160",
        "HOME": str(folder / "home"),
        "PATH": os.pathsep.join([str(folder / "bin"), os.path.dirname(sys.executable), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "SKYPILOT_DISABLE_USAGE_COLLECTION": "1",
    }
    ran = subprocess.run(
        command, cwd=folder / "work", env=environ, capture_output=True, text=True, check=False, timeout=240
    )
    assert ran.returncode == 0, f"exit status {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    missing = lacking(block.output, ran.stdout)
    assert not missing, f"the page says that this is printed: {missing}\nand it is:\n{ran.stdout}"


def look_at(block: Block) -> None:
    """Fails where a block that isn't run can't be right: by its syntax, or by what it names."""
    if block.language == "python":
        compile(block.text, block.page, "exec")
        return
    checked = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            del words[0]
        if words[:2] == ["nox", "-s"]:
            session = re.sub(r"-(3\.\d+|\$python)$", "", words[2])
            assert hasattr(noxfile, session), f"there is no session {session}: {line}"
        if words[:1] == ["sky-rust"] and words[1:] and not words[1].startswith("-"):
            command = command_line.commands[words[1]]
            options = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
            given = {word.partition("=")[0] for word in words[2:] if word.startswith("--") and word != "--"}
            assert given <= options | {"--help"}, f"{words[1]} has no {', '.join(given - options)}"


@pytest.mark.parametrize("block", [pytest.param(it, id=f"{it.page}:{it.line}") for it in blocks("json", "yaml")])
def test_data(block: Block) -> None:
    """Files that a page shows can be read."""
    read = json.loads if block.language == "json" else yaml.safe_load
    assert read(block.text)


def test_blocks_are_found_with_reason_and_output() -> None:
    page = (
        "# x\n\n```sh\necho 1\n```\n\n```text\n1\n```\n\n1. a\n\n   <!-- not run: it needs\n   root -->\n   "
        "```sh\n   mount\n   ```\n"
        "\n<!-- another -->\n```python\nx\n```\n\n```yaml\na: 1\n```\n"
    )
    assert blocks_of("x.md", page) == [
        Block("x.md", 3, "sh", "echo 1\n", "", ["1"]),
        Block("x.md", 15, "sh", "mount\n", "it needs root", []),
        Block("x.md", 20, "python", "x\n", "", []),
    ]


def test_an_output_that_differs_is_named() -> None:
    assert lacking(["a … c", "d"], "a  b c\nx\nd\n") == ""
    assert lacking(["d", "a … c"], "a b c\nd\n") == "a … c"
    assert lacking(["a"], "ab\n") == "a"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("if", "sh"),
        ("nox -s nothing", "sh"),
        ("sky-rust verify --no", "sh"),
        ("FOO=1 nox -s nothing", "sh"),
        ("a b", "python"),
    ],
)
def test_a_block_that_is_not_run_is_looked_at(text: str, language: str) -> None:
    with pytest.raises((AssertionError, SyntaxError)):
        look_at(Block("x.md", 1, language, text, "a reason", []))


def test_blocks_that_are_run_are_the_rule() -> None:
    assert sum(not block.reason for block in BLOCKS) > len(BLOCKS) / 2
