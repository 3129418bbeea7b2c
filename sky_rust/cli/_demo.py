"""`sky-rust demo`: every function on real input, original and native side by side."""

from __future__ import annotations

from rich.console import Console

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _cases, _measure, _report
from sky_rust.cli._progress import Steps

#: The number of measurements of each side.
SAMPLES = 25


def show() -> None:
    """Prints the table; under it the versions, why functions are in Python, and which natives are slower here."""
    console = Console()
    _report.load()
    cases = _cases.answered([function.name for function in FUNCTIONS], large=False)
    table = _report.Grouped("function, input", "same", "backend", numbers=("original", "sky-rust", "ratio"))
    slow = []
    with Steps(len(cases)) as progress:
        for case in cases:
            progress.begin(case.function, case.input)
            row = _measure.measure(case, samples=SAMPLES)
            if row.backend == "rust" and row.ratio.median < 1:
                slow.append(case)
            table.add(
                case,
                "[green]yes[/]" if row.same else "[red]NO[/]",
                "[green]rust[/]" if row.backend == "rust" else "[yellow]python[/]",
                _report.seconds(row.original.median),
                _report.seconds(row.native.median),
                f"[bold]{row.ratio.median:.2f}[/]" if row.ratio.median >= 1 else f"[yellow]{row.ratio.median:.2f}[/]",
            )
            progress.advance()
    console.print(table.table)
    console.print()
    _report.show_versions(console)
    console.print(
        f"Medians of {SAMPLES} interleaved measurements in one process; a ratio above 1 is faster than the original.",
        style="dim",
        highlight=False,
    )
    for problem in _report.problems_of(list(sky_rust.status().values())):
        _report.show_problem(console, problem)
    for case in slow:
        console.print(f"Slower than the original here: {case.function}, {case.input}", style="yellow", highlight=False)
