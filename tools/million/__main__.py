"""The command: `python -m tools.million NAME [COUNT] [SEED]`."""

from __future__ import annotations

import sys

import click

from tools.million import CASES, main


@click.command(help="Makes random calls of the function NAME, until its native has answered COUNT.")
@click.argument("name", type=click.Choice(list(CASES)))
@click.argument("count", type=click.IntRange(1), default=1_000_000)
@click.argument("seed", type=int, default=0)
def command(name: str, count: int, seed: int) -> None:
    sys.exit(main(name, count, seed))


if __name__ == "__main__":
    command()
