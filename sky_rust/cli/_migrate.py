"""`sky-rust migrate`: moves the imports of files from `sky.utils` to `sky_rust.utils`, and back."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING

import click

from sky_rust._migrate import Result, migrated
from sky_rust._sources import Source, python_files
from sky_rust.cli import _exit
from sky_rust.cli._progress import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


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
    imports = changed = left = failed = 0
    with Steps(len(files)) as progress:
        for path in files:
            try:
                result = _migrate(path, every=every, undo=undo, check=check, diff=diff)
            except (OSError, SyntaxError) as error:
                failed += 1
                click.secho(_failure(path, error), err=True, fg="red")
            else:
                imports, left = imports + result.imports, left + len(result.left)
                changed += bool(result.imports)
                for one in result.left:
                    click.echo(f"{path}:{one.line}: left alone: {one.reason}", err=True)
            progress.advance()
    would = "would be " if check or diff else ""
    summary = f"{_count(len(files), 'file')} looked at, {changed} {would}changed: {_count(imports, 'import')} rewritten"
    rest = [f"{left} left alone"] * bool(left) + [f"{_count(failed, 'file')} failed"] * bool(failed)
    click.echo(", ".join([summary, *rest]), err=True)
    return _exit.NOT_ALL if failed else _exit.WOULD_CHANGE if check and changed else 0


def _migrate(path: str, *, every: bool, undo: bool, check: bool, diff: bool) -> Result:
    """Moves the imports of one file, or shows what would change."""
    source = Source.read(path)
    result = migrated(source.text, every=every, undo=undo)
    if result.imports:
        if not (check or diff):
            source.write(result.text)
        if diff:
            _show_diff(path, source.text, result.text)
        else:
            click.echo(f"{path}: {_count(result.imports, 'import')}")
    return result


def _show_diff(path: str, before: str, after: str) -> None:
    """Prints a unified diff, which `patch` takes; with colours in a terminal, unless NO_COLOR forbids them."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    color = False if os.environ.get("NO_COLOR") else None
    for line in difflib.unified_diff(old, new, fromfile=path, tofile=path):
        end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
        click.secho(line + end, nl=False, fg=_COLOURS.get(line[0]), color=color)


def _failure(path: str, error: OSError | SyntaxError) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    line = f":{error.lineno}" if error.lineno else ""
    return f"{path}{line}: it can't be parsed: {error.msg}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
