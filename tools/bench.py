"""Measures natives against originals, goals and floors: `sky-rust bench` with more figures, for developers.

    python tools/bench.py [--samples N] [--json] [FUNCTION]...

A floor is the least that a call has to do (`rust/src/developer/floors.rs`); only a build with the cargo feature
`developer` has floors. `tools/performance.py` makes the tables of the documentation from the output of `--json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from goals import DECLINED, GOALS
from rich.console import Console

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _bench, _report, _terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sky_rust.cli._bench import Figures
    from sky_rust.cli._cases import Case
    from sky_rust.cli._measure import Row

NAMES = [function.name for function in FUNCTIONS]


@click.command()
@click.argument("functions", nargs=-1, type=click.Choice(NAMES), metavar="[FUNCTION]...")
@click.option("--samples", type=click.IntRange(min=5), default=25, show_default=True, help="Measurements of each side.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def main(functions: tuple[str, ...], samples: int, as_json: bool) -> None:
    """Measure natives against originals, goals and floors.

    Exit status 1 if an outcome differs, or if Python answered what natives are expected to answer. To miss a goal is no
    error.
    """
    _terminal.make_printable()
    if not sky_rust.is_rust_available():
        raise click.ClickException(f"there is nothing to measure: {sky_rust.get_backend_info().reason}")
    from sky_rust import _native

    if not hasattr(_native, "floor"):
        raise click.ClickException(
            "this build of the compiled module has no floors: build it with the cargo feature `developer`, "
            "as `nox -s bench-3.12` does"
        )
    names = list(dict.fromkeys(functions)) or NAMES
    figures = _bench.measure_all(names, samples=samples, console=Console(stderr=True), others=floors)
    if as_json:
        print(json.dumps(document_of(figures), indent=1))
    else:
        show(Console(), figures)
    raise SystemExit(_bench.status(figures))


def floors(case: Case) -> Sequence[Callable[..., Any]]:
    """The floor under a case; an empty sequence where its function has none."""
    from sky_rust import _native

    with case.call.world():
        answer = case.call(sky_rust.control(case.function))
    try:
        return (_native.floor(case.function, answer),)
    except ValueError:
        return ()


def goal_of(row: Row) -> float | None:
    """The ratio that a row is meant to reach, if there is one."""
    return GOALS.get((row.case.function, row.case.input))


def document_of(figures: Figures) -> dict[str, Any]:
    """The document of `sky-rust bench --json`, with each row's goal and floor; None where it has none."""
    document = _bench.document_of(figures)
    for row, shown in zip(figures.rows, document["rows"]):
        floor, goal = next(iter(row.others), None), goal_of(row)
        shown["floor"] = floor and floor.seconds._asdict()
        shown["over_floor"] = floor and floor.over._asdict()
        shown["goal"] = goal
        shown["met"] = None if goal is None else _bench.reaches(row, goal)
    for row, shown in zip(figures.declined, document["declined"]):
        shown["goal"] = DECLINED
        shown["met"] = _bench.reaches(row, DECLINED)
    return document


def show(console: Console, figures: Figures) -> None:
    """Prints the tables."""
    table = _report.Grouped("function, input", numbers=("original", "native", "floor", "ratio", "", "goal"))
    for row in figures.rows:
        floor = "".join(_report.seconds(other.seconds.median) for other in row.others)
        goal = goal_of(row)
        verdict = _bench.verdict(row, 1.0 if goal is None else goal)
        table.add(row.case, *_bench.times(row), floor, *verdict, "" if goal is None else f"{goal:g}")
    console.print(table.table)
    _bench.show_rest(console, figures, DECLINED)
    console.print()
    _report.show_versions(console)
    console.print(
        f"Medians of up to {figures.samples} interleaved measurements in one process, with half the width of the "
        "ratios' middle half. The floor is the least that such a call has to do. A ratio is green if it reaches its "
        "goal, which is for Python 3.12.",
        style="dim",
        highlight=False,
    )


if __name__ == "__main__":
    main()
