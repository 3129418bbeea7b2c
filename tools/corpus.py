"""Real texts of YAML, and mutations of them: do the natives that read and write YAML give the originals' outcomes?

    python -m tools.corpus FILE... --strings --mutations 100000

Each FILE is a package as pip downloads it (a wheel or an sdist), or a folder. SkyPilot's templates in it are rendered.
`nox -s corpus` takes SkyPilot's sdist, ansible's wheel, and PyYAML's sdist, which has its own test data. The exit
status is 1 where an outcome differs or a native panics.
"""

from __future__ import annotations

import ast
import random
import tarfile
import textwrap
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

import sky_rust
from sky_rust.testing import Call, MismatchError, _yaml, assert_same_outcome, candidate
from tools import forms, templates

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The functions that take a text.
READERS = ("check_no_duplicate_keys", "read_yaml_all_str", "read_yaml_str", "safe_load")
WRITER = "dump_yaml_str"

#: The files that are texts of YAML, or are meant to be none.
SUFFIXES = {".yaml", ".yml", ".data", ".canonical", ".loader-error", ".single-loader-error", ".code", ".events"}

#: The longest text, in bytes: PyYAML's loader in Python takes a second for one of 200 kB.
LONGEST = 50_000

#: The longest text that mutations are made of.
LONGEST_MUTATED = 1_500


class DifferentError(Exception):
    """An outcome differs, or a native panicked; the message has the call."""


class Made:
    """What calls have been made.

    compared: how many calls of each function.
    answered: how many of them the native answered.
    errors: how many of them were texts that are no YAML, or that the function refuses: the original's alone.
    forms: of the others, what each of them has that the native is known to decline.
    """

    def __init__(self) -> None:
        self.compared, self.answered, self.errors = Counter[str](), Counter[str](), Counter[str]()
        self.forms: dict[str, Counter[str]] = {}

    def report(self) -> None:
        """Prints what was made, the share of answers among the calls that are no errors, and why others have none."""
        for name in (*READERS, WRITER):
            if count := self.compared[name]:
                answered, errors = self.answered[name], self.errors[name]
                share = answered / (count - errors) if count > errors else 1
                click.echo(f"  {name}: {count:,} compared, {errors:,} are errors, {answered:,} answered: {share:.2%}")
            for form, times in self.forms.get(name, Counter()).most_common():
                click.echo(f"    declined with {form}: {times:,}")


@click.command(help=__doc__.split("\n\n")[0])
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--strings", is_flag=True, help="Also takes texts of YAML that are strings in Python's files.")
@click.option("--mutations", type=click.IntRange(0), default=0, help="How many mutations of short texts are read.")
@click.option("--seed", type=int, default=0, help="The same mutations with the same number.")
def main(files: tuple[Path, ...], strings: bool, mutations: int, seed: int) -> None:
    """Compares every text, then the mutations, and prints how many calls were compared and answered."""
    texts: list[str] = []
    try:
        for file in files:
            found = list(texts_of(file, strings))
            made = Made()
            for text in found:
                compare(text, made)
                dump(text, made)
            click.echo(f"{file.name}: {len(found):,} texts")
            made.report()
            texts += found
        if not texts:
            raise click.ClickException("there is no text of YAML in these files")
        made = Made()
        for text in mutated([text for text in texts if len(text) < LONGEST_MUTATED], mutations, random.Random(seed)):
            compare(text, made)
    except DifferentError as error:
        raise click.ClickException(str(error)) from None
    if mutations:
        click.echo(f"{mutations:,} mutations, --seed {seed}")
        made.report()


def texts_of(file: Path, strings: bool = False) -> Iterator[str]:
    """The texts in a package or a folder that are not too long, templates rendered; with those in Python's strings."""
    for name, content in contents(file):
        text = content.decode("utf-8", "replace")
        if templates.is_template(name):
            yield from templates.rendered(text)
        elif strings and name.endswith(".py"):
            yield from strings_of(text)
        elif text and Path(name).suffix in SUFFIXES and len(content) <= LONGEST:
            yield text


def strings_of(code: str) -> Iterator[str]:
    """The strings in Python's code, but for docstrings, that are on several lines and load to a mapping or a list."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    alone |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            text = textwrap.dedent(node.value)
            if "\n" in text.strip() and isinstance(next(iter(documents(text) or [None]), None), (dict, list)):
                yield text


def contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """The name and the content of each file in a package or a folder."""
    if file.is_dir():
        for path in sorted(path for path in file.rglob("*") if path.is_file()):
            yield str(path), path.read_bytes()
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as package:
            for name in sorted(package.namelist()):
                yield name, package.read(name)
    else:
        with tarfile.open(file) as package:
            for member in package:
                stream = package.extractfile(member)
                if stream is not None:
                    yield member.name, stream.read()


def mutated(texts: list[str], count: int, dice: random.Random) -> Iterator[str]:
    """Some lines of a text, with fragments put in and characters taken out."""
    fragments = [*_yaml.FRAGMENTS, *_yaml.PLAIN.split(), *_yaml.ODD_PLAIN.split()]
    for _ in range(count):
        lines = dice.choice(texts).split("\n")
        start = dice.randrange(len(lines))
        text = "\n".join(lines[start : start + dice.randrange(1, 14)])
        for _ in range(dice.randrange(4)):
            at = dice.randrange(len(text) + 1)
            text = text[:at] + dice.choice(["", *fragments]) + text[at + dice.choice([0, 0, 1, 3]) :]
        yield text


def documents(text: str) -> list[object] | None:
    """What a text loads to; `None` where it doesn't load."""
    try:
        return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def compare(text: str, made: Made) -> None:
    """Compares the outcomes of all functions that read a text."""
    for name in READERS:
        if not same(name, Call((text,)), made):
            note(made, name, forms.of_text(text) if takes(name, text) else None)


def takes(name: str, text: str) -> bool:
    """Whether a function takes a text: it is YAML (`check_no_duplicate_keys` passes over others), and doesn't raise."""
    try:
        list(yaml.parse(text, Loader=yaml.SafeLoader))
        sky_rust.control(name)(text)
    except Exception:
        return False
    return True


def dump(text: str, made: Made) -> None:
    """Compares what is written of the documents of a text: as a stream, and each alone."""
    found = documents(text)
    for tree in [found, *found] if found is not None else []:
        if not same(WRITER, Call((tree,)), made):
            note(made, WRITER, forms.of_tree(tree))


def note(made: Made, name: str, found: set[str] | None) -> None:
    """Counts the forms of a call that was declined, or an error where these are `None`."""
    if found is None:
        made.errors[name] += 1
    else:
        made.forms.setdefault(name, Counter()).update(found)


def same(name: str, call: Call, made: Made) -> bool:
    """Compares one call, and counts it. Whether the native answered.

    Raises:
        DifferentError: the outcomes differ, or the native panicked.
    """
    before = sky_rust.stats()[name].answers
    try:
        assert_same_outcome(sky_rust.control(name), candidate(name), call)
    except MismatchError as error:
        raise DifferentError(str(error)) from None
    if any("panicked" in reason for reason in sky_rust.stats()[name].reasons):
        raise DifferentError(f"{name} panicked in {call}: {sky_rust.status()[name].reason}")
    answered = sky_rust.stats()[name].answers > before
    made.compared[name] += 1
    made.answered[name] += answered
    return answered


if __name__ == "__main__":
    main()
