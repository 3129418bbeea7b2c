"""`sky-rust migrate`: moves the imports of files from `sky.utils` to `sky_rust.utils`, and back."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

import click

from sky_rust._migrate import migrated
from sky_rust._sources import Source, python_files
from sky_rust.cli import _exit
from sky_rust.cli._progress import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sky_rust._migrate import Result

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class _Line(NamedTuple):
    """A line of output, kept until the bar is gone that shares the terminal with it."""

    text: str
    colour: str | None = None
    is_error: bool = False

    def show(self) -> None:
        """Prints it; with its colour in a terminal, unless NO_COLOR forbids that."""
        color = False if os.environ.get("NO_COLOR") else None
        click.secho(self.text, err=self.is_error, fg=self.colour, color=color)


def run(paths: Iterable[str], *, every: bool, undo: bool, check: bool, diff: bool) -> int:
    """Moves the imports of files; shows what changed on standard output, and all else on standard error.

    Args:
        paths: files, and folders of files.
        every: move all modules of `sky.utils`.
        undo: move them back.
        check: change nothing, and let the exit status say whether a file would change.
        diff: change nothing, and show diffs.

    Returns:
        The exit status, as `_exit` names it.
    """
    files = list(python_files(paths))
    done: list[_Outcome] = []
    try:
        with Steps(len(files)) as progress:
            for path in files:
                done.append(_migrate(path, every=every, undo=undo, is_written=not (check or diff), diff=diff))
                progress.advance()
    finally:  # after Ctrl-C, too
        for line in (line for one in done for line in one.lines):
            line.show()
    changed, failed = sum(one.imports > 0 for one in done), sum(one.failed for one in done)
    _summary(done, changed, failed, "would be changed" if check or diff else "changed").show()
    return _exit.NOT_ALL if failed else _exit.WOULD_CHANGE if check and changed else 0


class _Outcome(NamedTuple):
    """What came of one file: what there is to say, how many imports were moved and left, and whether it failed."""

    lines: list[_Line]
    imports: int = 0
    left: int = 0
    failed: bool = False


def _migrate(path: str, *, every: bool, undo: bool, is_written: bool, diff: bool) -> _Outcome:
    """Moves the imports of one file."""
    try:
        source = Source.read(path)
        result = migrated(source.text, every=every, undo=undo)
        if result.imports and is_written:
            source.write(result.text)
    except (OSError, SyntaxError) as error:
        return _Outcome([_Line(_failure(path, error), "red", is_error=True)], failed=True)
    lines = [*(_diff(path, source.text, result.text) if diff else _name(path, result))]
    lines += [_Line(f"{path}:{one.line}: left alone: {one.reason}", is_error=True) for one in result.left]
    return _Outcome(lines, result.imports, len(result.left))


def _summary(done: list[_Outcome], changed: int, failed: int, verb: str) -> _Line:
    imports, left = sum(one.imports for one in done), sum(one.left for one in done)
    parts = [f"{_count(len(done), 'file')} looked at, {changed} {verb}: {_count(imports, 'import')} rewritten"]
    parts += [f"{left} left alone"] if left else []
    parts += [f"{_count(failed, 'file')} failed"] if failed else []
    return _Line(", ".join(parts), is_error=True)


def _name(path: str, result: Result) -> list[_Line]:
    """The line that names a file that changes."""
    return [_Line(f"{path}: {_count(result.imports, 'import')}")] if result.imports else []


def _diff(path: str, before: str, after: str) -> Iterator[_Line]:
    """A unified diff, which `patch` takes."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    for line in difflib.unified_diff(old, new, fromfile=path, tofile=path):
        yield _Line(line[:-1] if line.endswith("\n") else line, _COLOURS.get(line[0]))
        if not line.endswith("\n"):
            yield _Line("\\ No newline at end of file")


def _failure(path: str, error: OSError | SyntaxError) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    line = f":{error.lineno}" if error.lineno else ""
    return f"{path}{line}: it can't be parsed: {error.msg}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
