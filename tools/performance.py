"""Writes the tables of the performance pages from the output of `tools/bench.py --json`, several runs on each Python.

    python tools/performance.py REPORT...

`docs/performance.md` says how to make the reports.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import click

from sky_rust.cli import _report

DOCS = Path(__file__).parents[1] / "docs"

#: The page with the goals, and the one with all other tables.
PAGE, NOTES = DOCS / "performance.md", DOCS / "notes" / "performance-trials.md"

#: The Python that the goals are for.
GOALS_FOR = "3.12"

#: The calls that show the cost of the dispatch: their own work is next to nothing.
DISPATCH = (
    ("by position", "rows", "format_float", "3.14159, 2"),
    ("by keyword", "rows", "format_float", "3.14159, precision=2"),
    ("declined", "declined", "format_float", "an int of 31 digits"),
    ("declined, a longer one", "declined", "read_last_n_lines", "n=0"),
)

Report = dict[str, Any]


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(reports: tuple[Path, ...]) -> None:
    """Write the tables."""
    by_python: dict[str, list[Report]] = {}
    for report in reports:
        document: Report = json.loads(report.read_text(encoding="utf-8"))
        by_python.setdefault(document["python"].rpartition(".")[0], []).append(document)
    if GOALS_FOR not in by_python:
        raise click.UsageError(f"there is no report of Python {GOALS_FOR}, which the goals are for")
    pythons = {python: by_python[python] for python in sorted(by_python, key=_minor)}
    write(PAGE, goals=_goals(by_python[GOALS_FOR]))
    write(NOTES, pythons=_pythons(pythons), dispatch=_dispatch(pythons), memory=_memory(by_python[GOALS_FOR]))


def _minor(python: str) -> int:
    return int(python.partition(".")[2])


def write(page: Path, **tables: list[str]) -> None:
    """Writes tables into a page, each between the markers of its name."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = _replaced(text, name, table)
    page.write_text(text, encoding="utf-8")


def _replaced(text: str, name: str, table: list[str]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, rest = text.split(begin)
    return before + begin + "\n".join(table) + "\n" + end + rest.split(end)[1]


def _rows(reports: list[Report], part: str = "rows") -> list[list[Report]]:
    """The rows of several reports, grouped: one list for each row, with that row of every report."""
    return [list(same) for same in zip(*(report[part] for report in reports))]


def _median(rows: list[Report], side: str) -> float:
    return statistics.median(row[side]["median"] for row in rows)


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _goals(reports: list[Report]) -> list[str]:
    lines = [
        "| function | input | goal | reached | met | original | native | floor | over floor | at the floor |",
        "| --- | --- | ---: | ---: | :---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for rows in _rows(reports):
        row, ratios = rows[0], sorted(row["ratio"]["median"] for row in rows)
        met = sum(bool(row["met"]) for row in rows)
        original, native = _median(rows, "original"), _median(rows, "native")
        cells = [
            f"`{row['function']}`",
            row["input"],
            "" if row["goal"] is None else f"{row['goal']:g}",
            f"{_number(statistics.median(ratios))} ({_number(ratios[0])}-{_number(ratios[-1])})",
            "" if row["goal"] is None else {0: "no", len(rows): "yes"}.get(met, f"{met}/{len(rows)}"),
            _report.seconds(original),
            _report.seconds(native),
            *("", "", ""),
        ]
        if row["floor"] is not None:
            floor = _median(rows, "floor")
            cells[-3:] = (_report.seconds(floor), f"{_median(rows, 'over_floor'):.2f}", _number(original / floor))
        lines.append(f"| {' | '.join(cells)} |")
    first = reports[0]
    return [*lines, "", f"{len(reports)} runs. {first['versions']}; {first['machine']}. {first['hooks']}"]


def _pythons(by_python: dict[str, list[Report]]) -> list[str]:
    lines = [f"| function | input | {' | '.join(by_python)} |", f"| --- | --- |{' ---: |' * len(by_python)}"]
    for rows in zip(*(_rows(reports) for reports in by_python.values())):
        ratios = " | ".join(_number(_median(same, "ratio")) for same in rows)
        lines.append(f"| `{rows[0][0]['function']}` | {rows[0][0]['input']} | {ratios} |")
    return lines


def _dispatch(by_python: dict[str, list[Report]]) -> list[str]:
    lines = [f"| call | | {' | '.join(by_python)} |", f"| --- | --- |{' ---: |' * len(by_python)}"]
    for label, part, function, name in DISPATCH:
        for side in ("original", "native"):
            figures = [
                _report.seconds(_median(same, side))
                for reports in by_python.values()
                for same in _rows(reports, part)
                if (same[0]["function"], same[0]["input"]) == (function, name)
            ]
            what = f"{label}: `{function}`, {name}" if side == "original" else ""
            lines.append(f"| {what} | {'alone' if side == 'original' else 'with native'} | {' | '.join(figures)} |")
    return lines


def _memory(reports: list[Report]) -> list[str]:
    lines = ["| function | input | original | native |", "| --- | --- | ---: | ---: |"]
    for rows in _rows(reports, "memory"):
        original, native = (_report.size(max(row[side] for row in rows)) for side in ("original", "native"))
        lines.append(f"| `{rows[0]['function']}` | {rows[0]['input']} | {original} | {native} |")
    return lines


if __name__ == "__main__":
    main()
