"""The output of `status` and `doctor`, and the parts of it that other commands print as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

import sky_rust
from sky_rust.testing._libraries import load_libraries

if TYPE_CHECKING:
    from sky_rust.cli._cases import Case


def machine() -> str:
    """One line about the machine; '' without the compiled module."""
    if not sky_rust.is_rust_available():
        return ""
    from sky_rust import _native

    processor, cpus, memory, system, kernel = _native.machine()
    return f"{processor or 'unknown processor'}, {cpus} CPUs, {memory / 2**30:.1f} GiB, {system}, kernel {kernel}"


def hooks() -> str:
    """One line about audit hooks, which make calls slower; '' if there is none."""
    if not sky_rust.is_rust_available():
        return ""
    from sky_rust import _native

    return "An audit hook listens (filelock adds one on Python 3.12 and newer)." if _native.is_audited() else ""


def versions() -> str:
    """One line with the versions of sky-rust, SkyPilot and Python."""
    info = sky_rust.get_backend_info()
    skypilot = f"SkyPilot {info.skypilot}" if info.skypilot else "no SkyPilot (the references)"
    return f"sky-rust {info.version}, {skypilot}, Python {info.python} on {info.platform}"


def show_versions(console: Console) -> None:
    """Prints the versions, the machine, and whether there is an audit hook."""
    for line in filter(None, (versions(), machine(), hooks())):
        console.print(line, style="dim", highlight=False)


class Grouped:
    """A table of cases, with a function's name above its inputs, so that it is narrow enough for a terminal."""

    def __init__(self, *texts: str, numbers: tuple[str, ...]) -> None:
        self.table = Table(*texts, box=None, pad_edge=False, header_style="bold", padding=(0, 1))
        for heading in numbers:
            self.table.add_column(heading, justify="right", no_wrap=True)
        self._shown = ""

    def add(self, case: Case, *cells: str) -> None:
        """Adds a row."""
        if case.function != self._shown:
            self.table.add_row(case.function, style="bold")
        self.table.add_row(f"  {case.input}", *cells)
        self._shown = case.function


def seconds(value: float) -> str:
    """A time as text, with three digits."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("\N{MICRO SIGN}s", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def size(value: float) -> str:
    """A number of bytes as text."""
    return f"{value / 2**20:.1f} MiB" if value >= 2**20 else f"{value / 2**10:.0f} KiB"


def load() -> None:
    """Installs all functions, and imports the libraries that SkyPilot imports when it first needs them."""
    sky_rust.install()
    if sky_rust.is_rust_available():
        load_libraries(*sky_rust.status())


def status() -> None:
    """Prints a table: function, backend, reason."""
    load()
    console = Console()
    table = Table("function", "backend", "why", box=None, pad_edge=False, header_style="bold")
    for one in sky_rust.status().values():
        colour = "green" if one.backend == "rust" else "yellow"
        why = one.reason if one.backend == "python" else one.reason.rsplit(".", 1)[0]  # the name is in the row
        table.add_row(one.name, f"[{colour}]{one.backend}[/]", why)
    console.print(versions(), style="dim", highlight=False)
    console.print(table)


def doctor() -> int:
    """Prints the problems that keep functions in Python; returns 1 if there is one, else 0."""
    console = Console()
    console.print(versions(), highlight=False)
    if machine():
        console.print(machine(), highlight=False)
    info = sky_rust.get_backend_info()
    problems = [] if info.native else [info.reason]
    if not info.skypilot:
        problems.append(
            "SkyPilot is not installed: only the references can have natives (pip install skypilot==0.14.1)"
        )
    if info.native:
        load()
        reasons: dict[str, list[str]] = {}
        for one in sky_rust.status().values():
            if one.backend != "rust":
                reasons.setdefault(one.reason, []).append(one.name)
        problems += [f"in Python: {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    for problem in problems:
        console.print(f"[yellow]![/] {problem}", highlight=False)
    if not problems:
        console.print(f"[green]all {len(sky_rust.status())} functions run natively[/]")
    return 1 if problems else 0
