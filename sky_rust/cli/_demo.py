"""`sky-rust demo`: what SkyPilot's own work takes before and after, and each function beside its original."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _cases, _exit, _measure, _report, _workloads
from sky_rust.cli._progress import Steps
from sky_rust.cli._workloads import WORKLOADS

if TYPE_CHECKING:
    from sky_rust.cli._cases import Case
    from sky_rust.cli._measure import Row
    from sky_rust.cli._workloads import Figures

#: The number of measurements of each side: of a function's input, and of a workload.
SAMPLES = 15
ROUNDS = 3

#: What is shown of a workload takes no more columns than this, however wide the terminal is.
_WIDTH = 100

#: How many steps of the progress a workload is worth; an input of a function is one. They take about the same time.
_STEPS = 15


def show() -> int:
    """Measures, and prints: the workloads, the functions, what they were measured on, and one line of what is gained.

    Returns:
        The exit status: 1 if the outcome of a native and its original differ.
    """
    console = Console()
    names = [name for name, workload in WORKLOADS.items() if workload.gains]
    obstacle = _obstacle()
    if obstacle:
        names = []
    figures: list[Figures] = []
    rows: list[Row] = []
    # On one console, what is printed meanwhile comes above the bar.
    with Steps(1, console if console.is_terminal else None) as progress:
        progress.begin("importing SkyPilot")
        _report.load()
        cases = _cases.answered([function.name for function in FUNCTIONS], large=False)
        progress.grow(_STEPS * len(names) + len(cases))
        progress.advance()
        if names:
            console.print("[bold]SkyPilot's own work, without sky-rust and with it[/]\n")
        for name in names:
            progress.begin(WORKLOADS[name].what)
            figures.append(_workloads.measure(name, rounds=ROUNDS))
            console.print(_block(figures[-1], min(console.width, _WIDTH)))
            progress.advance(_STEPS)
        for case in cases:
            progress.begin(case.function, case.input)
            rows.append(_measure.measure(case, samples=SAMPLES))
            progress.advance()
    functions = [_Function.of(name, rows) for name in dict.fromkeys(case.function for case in cases)]
    console.print(_table(functions))
    console.print()
    _show_rest(console, rows, has_workloads=bool(names))
    console.print()
    console.print(f"[bold]{escape(_gain(figures, obstacle))}[/]", highlight=False)
    return 0 if all(row.same for row in rows) else _exit.DIFFERS


def _obstacle() -> str:
    """Why nothing can be gained here; '' if something can."""
    if not sky_rust.is_rust_available():
        return _report.backend_obstacle()
    return "" if sky_rust.get_backend_info().skypilot else "SkyPilot is not installed"


def _block(figures: Figures, width: int) -> Group:
    """A workload: its name, and a bar for each side."""
    if figures.trouble:
        return Group(Text(figures.what), Text(f"  not measured: {figures.trouble}\n", style="yellow"))
    longest = max(figures.original, figures.native)
    words = _times(figures.ratio)
    room = width - len(f"  without   123 ms  {words}") - 1
    without, with_it = (_bar(time / longest, room) for time in (figures.original, figures.native))
    return Group(
        Text(figures.what),
        Text.assemble("  without ", f"{_report.seconds(figures.original):>8} ", (without, "yellow")),
        Text.assemble(
            "  with    ", f"{_report.seconds(figures.native):>8} ", (f"{with_it} ", "green"), (f" {words}\n", "bold")
        ),
    )


def _bar(share: float, room: int) -> str:
    """A bar of full blocks, or a thin one where that is less than half a block."""
    return "\N{FULL BLOCK}" * round(share * room) or "\N{LEFT ONE EIGHTH BLOCK}"


def _times(ratio: float) -> str:
    """Words for a ratio."""
    if 0.95 < ratio < 1.05:
        return "as fast as before"
    return f"{ratio:.1f} times as fast" if ratio < 10 else f"{ratio:.0f} times as fast"


class _Function(NamedTuple):
    """What was measured of a function.

    name: the function's.
    inputs, same, native: how many inputs there were, how many of them had the original's outcome, and how many the
        native answered.
    ratios: of the inputs that the native answered.
    saves: the most that a call of these took less, in seconds.
    """

    name: str
    inputs: int
    same: int
    native: int
    ratios: list[float]
    saves: float

    @classmethod
    def of(cls, name: str, rows: list[Row]) -> _Function:
        """What the rows say of a function."""
        own = [row for row in rows if row.case.function == name]
        natives = [row for row in own if row.backend == "rust"]
        saved = [row.original.median - row.native.median for row in natives]
        ratios = sorted(row.ratio.median for row in natives)
        return cls(name, len(own), sum(row.same for row in own), len(natives), ratios, max(saved, default=0.0))


def _table(functions: list[_Function]) -> Table:
    table = Table("function", "same", "backend", box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for heading in ("times as fast", "saves a call"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in functions:
        same = f"{one.same} of {one.inputs}"
        in_part = "[green]rust[/]" if one.native == one.inputs else f"[green]rust[/] {one.native} of {one.inputs}"
        table.add_row(
            one.name,
            f"[green]{same}[/]" if one.same == one.inputs else f"[bold red]{same}[/]",
            in_part if one.native else "[yellow]python[/]",
            _range(one.ratios),
            f"up to {_report.seconds(one.saves)}" if one.saves > 0 else "",
        )
    return table


def _range(ratios: list[float]) -> str:
    """The lowest and the highest ratio of a function's inputs."""
    if not ratios:
        return ""
    words = list(dict.fromkeys(f"{one:.0f}" if one >= 10 else f"{one:.2g}" for one in (ratios[0], ratios[-1])))
    return f"[bold]{' to '.join(words)}[/]"


def _show_rest(console: Console, rows: list[Row], *, has_workloads: bool) -> None:
    """Prints what was measured on, and whatever is not as one would wish."""
    _report.show_versions(console)
    workloads = f"{ROUNDS} of SkyPilot's work, in CPU time, and " if has_workloads else ""
    unchanged = " Imports, and waiting, take as long as before." if has_workloads else ""
    words = f"Medians of turns: {workloads}{SAMPLES} of each input (`sky-rust bench` names them)."
    console.print(words + unchanged, style="dim", highlight=False)
    for row in rows:
        if not row.same:
            _show_case(console, "[bold red]Another outcome than the original's[/]", row.case)
    slow = [row.case for row in rows if row.backend == "rust" and row.ratio.median < 1]
    if slow:
        names = "; ".join(f"{case.function}, {case.input}" for case in slow)
        console.print(f"Slower than the original here: {names}", style="yellow", markup=False, highlight=False)
    for problem in _report.problems_of(list(sky_rust.status().values())):
        _report.show_problem(console, problem)


def _show_case(console: Console, words: str, case: Case) -> None:
    console.print(f"{words}: {escape(case.function)}, {escape(case.input)}", highlight=False)


def _gain(figures: list[Figures], obstacle: str) -> str:
    """The line that says what is gained: of the first workload that could be measured."""
    if obstacle:
        return f"Nothing is gained here yet: {obstacle}. `sky-rust doctor` says what to do."
    measured = [one for one in figures if not one.trouble]
    if not measured:
        return "Nothing could be measured of SkyPilot's own work: see `sky-rust doctor`."
    first = measured[0]
    took = f"{_report.seconds(first.native)} of CPU instead of {_report.seconds(first.original)}"
    return f"With sky-rust, {first.what} takes {took} on this machine: {_times(first.ratio)}."
