"""Writes the README's table of functions from the registry: `nox -s generate`.

python tools/readme.py write     the table anew
python tools/readme.py check     exit status 1 where it is not what `write` would make it
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sky_rust._registry import FUNCTIONS

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- functions -->\n", "<!-- end of functions -->\n"


def written(text: str) -> str:
    """A README with the table as the registry has it."""
    before, rest = text.split(BEGIN)
    lines = ["| module of `sky.utils` | functions |", "| --- | --- |"]
    for module in dict.fromkeys(function.module for function in FUNCTIONS):
        names = ", ".join(f"`{function.name}`" for function in FUNCTIONS if function.module == module)
        lines.append(f"| `{module}` | {names} |")
    return before + BEGIN + "\n".join(lines) + "\n" + END + rest.split(END)[1]


@click.command()
@click.argument("what", type=click.Choice(["write", "check"]))
@click.argument("readme", default=README, type=click.Path(exists=True, path_type=Path))
def main(what: str, readme: Path) -> None:
    """Write or check the table."""
    text = readme.read_text(encoding="utf-8")
    if what == "write":
        readme.write_text(written(text), encoding="utf-8")
    elif written(text) != text:
        click.echo(f"{readme.name}: the table of functions is not the registry's; run `nox -s generate`", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
