"""`sky-rust bench`: how many times as fast as the originals are the natives, and on which inputs?"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.markup import escape

import sky_rust
from sky_rust._registry import function as line_of
from sky_rust.cli import _cases, _measure, _report
from sky_rust.cli._progress import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from sky_rust.cli._cases import Case
    from sky_rust.cli._measure import Row

#: The functions whose calls are also measured for memory.
_MEMORY = ("hash_file", "read_last_n_lines")


class Memory(NamedTuple):
    """The most memory, in bytes, that one call took beyond what the process had before."""

    case: Case
    original: int
    native: int


class Figures(NamedTuple):
    """All measurements."""

    rows: list[Row]
    declined: list[Row]
    memory: list[Memory]
    samples: int


def run(names: list[str], *, samples: int, as_json: bool, html: IO[str] | None) -> int:
    """Measures functions, and shows the figures.

    Args:
        names: the functions.
        samples: how many measurements of each side of a row.
        as_json: one JSON document on standard output instead of tables.
        html: a file to write a page to; None for none.

    Returns:
        The exit status: 1 if an outcome differed, or if Python answered what natives are expected to answer.
    """
    console, progress_console = Console(), Console(stderr=True)
    figures = measure_all(names, samples=samples, console=progress_console)
    document = document_of(figures)
    if html is not None:
        html.write(_page(document, failures(figures)))
        progress_console.print(f"wrote {html.name}", style="dim", highlight=False, soft_wrap=True)
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        _show(console, figures)
    for line in failures(figures):  # also beside a document: they are the reason for the exit status
        progress_console.print(escape(line), style="yellow", highlight=False, soft_wrap=True)
    return status(figures)


def failures(figures: Figures) -> list[str]:
    """A line for each row that makes the exit status 1."""
    rows = (*figures.rows, *figures.declined)
    lines = [f"The outcomes differ: {row.case.function}, {row.case.input}" for row in rows if not row.same]
    in_python = [row for row in figures.rows if row.backend != "rust"]
    reports = sky_rust.status()
    of_functions = [reports[name] for name in dict.fromkeys(row.case.function for row in in_python)]
    for problem in _report.problems_of(of_functions):  # one line for all rows of all functions with that reason
        lines.append(f"Python answered {', '.join(problem.functions)}: {problem.sentence()}")
    for row in in_python:
        if reports[row.case.function].backend == "rust":
            lines.append(f"Python answered {row.case.function}, {row.case.input}: {_why_python(row)}")
    return lines


def _why_python(row: Row) -> str:
    """Why Python answered a row that a native is expected to answer."""
    one = sky_rust.status()[row.case.function]
    if one.backend != "rust":
        return one.reason
    if row.asked:
        return f"the native declined {1 - row.answered:.0%} of the calls"
    if line_of(one.name).python_first and sys.version_info[:2] == (3, 11):
        return "on CPython 3.11 the first statement stays in Python, where it takes less than a call of any native"
    return "the native was not asked"


def status(figures: Figures) -> int:
    """The exit status: 1 if an outcome differed, or if Python answered what natives are expected to answer."""
    is_same = all(row.same for row in (*figures.rows, *figures.declined))
    return 0 if is_same and all(row.backend == "rust" for row in figures.rows) else 1


def measure_all(
    names: list[str],
    *,
    samples: int,
    console: Console,
    others: Callable[[Case], Sequence[Callable[..., Any]]] = lambda case: (),
) -> Figures:
    """Measures all cases of functions.

    Args:
        names: the functions.
        samples: how many measurements of each side of a row.
        console: shows the progress.
        others: returns further callables to measure on a case that natives answer.
    """
    _report.load()
    answered, declined = _cases.answered(names, large=True), _cases.declined(names)
    with Steps(len(answered) + len(declined), console) as progress:

        def measured(case: Case, others: Sequence[Callable[..., Any]]) -> Row:
            progress.begin(case.function, case.input)
            row = _measure.measure(case, samples=samples, others=others)
            progress.advance()
            return row

        progress.begin("memory")

        return Figures(
            memory=[one for name in _MEMORY for one in _memory([case for case in answered if case.function == name])],
            rows=[measured(case, others(case)) for case in answered],
            declined=[measured(case, ()) for case in declined],
            samples=samples,
        )


def _memory(cases: list[Case]) -> list[Memory]:
    """The memory that one function's calls take, without the first: that one only warms up each process."""
    memory = []
    for case in cases[1:]:
        original, native = (
            _peak(function, cases[0], case)
            for function in (sky_rust.control(case.function), _measure.native(case.function))
        )
        memory.append(Memory(case, original, native))
    return memory


def _peak(function: Callable[..., Any], first: Case, case: Case) -> int:
    """The most memory that a call takes, in a copy of this process, so that each starts with the same free memory."""
    args, kwargs = case.call.arguments()
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other threads may hold locks: the copy calls one function, and ends
        child = os.fork()
    if child == 0:
        try:
            first.call(function)
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # resets the peak to the present size
            before = _memory_of_process("VmRSS")
            function(*args, **kwargs)
            os.write(write, str(max(0, _memory_of_process("VmHWM") - before)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    os.waitpid(child, 0)
    return int(text)


def _memory_of_process(field: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(f"{field}:"))


def document_of(figures: Figures) -> dict[str, Any]:
    """The figures as `--json` prints them."""
    info = sky_rust.get_backend_info()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "sky_rust": info.version,
        "skypilot": info.skypilot,
        "python": info.python,
        "versions": _report.versions(),
        "machine": _report.machine(),
        "hooks": _report.hooks(),
        "samples": figures.samples,
        "rows": [_row(row) for row in figures.rows],
        "declined": [_row(row) for row in figures.declined],
        "memory": [
            {"function": one.case.function, "input": one.case.input, "original": one.original, "native": one.native}
            for one in figures.memory
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "function": row.case.function,
        "input": row.case.input,
        "same": row.same,
        "backend": row.backend,
        "why": "" if row.backend == "rust" else _why_python(row),
        **{name: getattr(row, name)._asdict() for name in ("original", "native", "ratio")},
    }


def _show(console: Console, figures: Figures) -> None:
    table = _report.Grouped("function, input", numbers=("original", "native", "ratio", ""))
    for row in figures.rows:
        table.add(row.case, *times(row), *verdict(row, 1.0))
    console.print(table.table)
    show_rest(console, figures)
    console.print()
    _report.show_versions(console)
    console.print(
        f"Medians of up to {figures.samples} interleaved measurements in one process, with half the width of the "
        "ratios' middle half. A ratio above 1 is faster than the original.",
        style="dim",
        highlight=False,
    )


def show_rest(console: Console, figures: Figures, limit: float = 1.0) -> None:
    """Prints the tables of declined calls, which are green from a ratio of `limit` on, and of memory."""
    if figures.declined:
        console.print("\nLeft to the original, after the native was asked:\n", style="bold")
        table = _report.Grouped("function, input", numbers=("original", "with native", "ratio", ""))
        for row in figures.declined:
            table.add(row.case, *times(row), *verdict(row, limit))
        console.print(table.table)
    if figures.memory:
        console.print("\nMemory that one call takes, at most:\n", style="bold")
        table = _report.Grouped("function, input", numbers=("original", "native"))
        for one in figures.memory:
            table.add(one.case, _report.size(one.original), _report.size(one.native))
        console.print(table.table)


def times(row: Row) -> tuple[str, str]:
    """The times of both sides, in the form of a table's cells."""
    return _report.seconds(row.original.median), _report.seconds(row.native.median)


def verdict(row: Row, goal: float) -> tuple[str, str]:
    """The ratio and its spread, in the form of table cells: green from `goal` on, to two digits behind the point."""
    if not row.same:
        return "[bold red]DIFFERS[/]", ""
    colour = "green" if reaches(row, goal) else "yellow" if row.ratio.median >= 1 else "red"
    spread = (row.ratio.high - row.ratio.low) / 2 / row.ratio.median
    return f"[bold {colour}]{_report.ratio(row.ratio.median)}[/]", f"[dim]±{spread:.0%}[/]"


def reaches(row: Row, goal: float) -> bool:
    """Whether the ratio is `goal` or more, to two digits behind the point."""
    return round(row.ratio.median, 2) >= round(goal, 2)


def _page(document: dict[str, Any], failures: list[str]) -> str:
    scale = _Scale(document["rows"])
    return _report.page("bench.html.j2", {**document, "ticks": scale.ticks, "failures": failures}, x=scale.position)


class _Scale:
    """A logarithmic scale of ratios, wide enough for all that the page shows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        shown = [row["ratio"][end] for row in rows for end in ("low", "high")]
        self._low, self._high = min(0.8, *shown) / 1.1, max(10, *shown) * 1.1
        steps = [step * 10**power for power in range(-3, 6) for step in (1, 2, 5)]
        self.ticks = [step for step in steps if self._low <= step <= self._high]

    def position(self, ratio: float) -> float:
        """The position of a ratio, in percent of the width."""
        return round(100 * math.log(ratio / self._low) / math.log(self._high / self._low), 2)
