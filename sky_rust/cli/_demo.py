"""`sky-rust demo`: every function on real input, original and native side by side."""

from __future__ import annotations

from rich.console import Console
from rich.progress import track

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _cases, _measure, _report

#: The number of measurements of each side.
SAMPLES = 25


def show() -> None:
    """Prints the table; under it the versions, why functions are in Python, and which natives are slower here."""
    console = Console()
    _report.load()
    cases = _cases.answered([function.name for function in FUNCTIONS], large=False)
    table = _report.Grouped("function, input", "same", "backend", numbers=("original", "sky-rust", "ratio"))
    slow = []
    for case in track(cases, "measuring", console=console, transient=True):
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
    console.print(table.table)
    console.print()
    _report.show_versions(console)
    console.print(
        f"Medians of {SAMPLES} interleaved measurements in one process; a ratio above 1 is faster than the original.",
        style="dim",
        highlight=False,
    )
    for reason in sorted({one.reason for one in sky_rust.status().values() if one.backend != "rust"}):
        console.print(f"In Python: {reason}", style="yellow", highlight=False)
    for case in slow:
        console.print(f"Slower than the original here: {case.function}, {case.input}", style="yellow", highlight=False)
