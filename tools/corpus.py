"""Real files of YAML, and mutations of them: do the natives that read and write YAML give the originals' outcomes?

    python tools/corpus.py FILE... --mutations 100000

Each FILE is a package as pip downloads it (a wheel or an sdist), or a folder. `nox -s corpus` takes ansible's wheel and
PyYAML's sdist, which has its own test data. The exit status is 1 where an outcome differs or a native panics.
"""

from __future__ import annotations

import random
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

import sky_rust
from sky_rust.testing import Call, MismatchError, _yaml, assert_same_outcome, candidate

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


@click.command(help=__doc__.split("\n\n")[0])
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--mutations", type=click.IntRange(0), default=0, help="How many mutations of short texts are read.")
@click.option("--seed", type=int, default=0, help="The same mutations with the same number.")
def main(files: tuple[Path, ...], mutations: int, seed: int) -> None:
    """Compares every text, then the mutations, and prints how many calls were compared and answered."""
    texts = [text for file in files for text in texts_of(file)]
    if not texts:
        raise click.ClickException("there is no text of YAML in these files")
    dice = random.Random(seed)
    made = Counter[str]()
    try:
        for text in texts:
            compare(text, made)
            dump(text, made)
        click.echo(f"{len(texts)} files")
        report(made)
        made.clear()
        for text in mutated([text for text in texts if len(text) < LONGEST_MUTATED], mutations, dice):
            compare(text, made)
    except DifferentError as error:
        raise click.ClickException(str(error)) from None
    if mutations:
        click.echo(f"{mutations} mutations, --seed {seed}")
        report(made)


def texts_of(file: Path) -> Iterator[str]:
    """The texts in a package or a folder that are not too long."""
    for name, content in contents(file):
        if Path(name).suffix in SUFFIXES and len(content) <= LONGEST:
            text = content.decode("utf-8", "replace")
            if text:
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


def compare(text: str, made: Counter[str]) -> None:
    """Compares the outcomes of all functions that read a text."""
    for name in READERS:
        same(name, Call((text,)), made)


def dump(text: str, made: Counter[str]) -> None:
    """Compares what is written of the documents of a text."""
    try:
        documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError):
        return
    same(WRITER, Call((documents,)), made)


def same(name: str, call: Call, made: Counter[str]) -> None:
    """Compares one call, and counts it.

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
    made[name] += 1
    made[f"{name} answered"] += sky_rust.stats()[name].answers > before


def report(made: Counter[str]) -> None:
    """Prints how many calls were compared and answered."""
    for name in (*READERS, WRITER):
        if made[name]:
            click.echo(f"  {name}: {made[name]:,} compared, {made[f'{name} answered']:,} answered")


if __name__ == "__main__":
    main()
