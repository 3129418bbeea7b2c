"""The output of `status`, and the parts of it that other commands print as well."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import sky_rust
from sky_rust import _control_file, _fleet, _install, _process, _skypilot
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _exit
from sky_rust.cli import _fleet as cli_fleet

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust._control_file import Control
    from sky_rust._status import FunctionStatus
    from sky_rust.cli._cases import Case

#: The end of a reason that a proof does away with (see `sky_rust._proof`).
_PROVABLE = re.compile(r"; `sky-rust verify --record \S+` proves it here$")


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


def page(template: str, document: dict[str, Any], **filters: Callable[..., Any]) -> str:
    """A page: a template of this package, filled in.

    Args:
        template: the template's file.
        document: the values that it names.
        filters: further filters than `seconds`, `size` and `ratio`.
    """
    import jinja2

    text = importlib.resources.files("sky_rust.cli").joinpath(template).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(seconds=seconds, size=size, ratio=ratio, **filters)
    return environment.from_string(text).render(document)


def ratio(value: float) -> str:
    """A ratio as text, with one digit behind the point from 10 on, and two below."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(value: float) -> str:
    """A time as text, with three digits."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("\N{MICRO SIGN}s", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def size(value: float) -> str:
    """A number of bytes as text."""
    return f"{value / 2**20:.1f} MiB" if value >= 2**20 else f"{value / 2**10:.0f} KiB"


def backend_obstacle() -> str:
    """Why no native can run here; '' if one can."""
    return sky_rust.get_backend_info().reason


def import_skypilot() -> None:
    """Imports the modules of SkyPilot's that have functions.

    Raises:
        click.ClickException: that fails, as in a home directory that SkyPilot can't write to, or with a configuration
            that it can't read.
    """
    trouble = import_obstacle()
    if trouble:
        raise _exit.Stop(trouble, _exit.NO_IMPORT)


def import_obstacle() -> str:
    """Imports the modules of SkyPilot's that have functions; returns why that fails, '' if it doesn't."""
    try:
        for module in sorted({function.module for function in FUNCTIONS}):
            _skypilot.home_module(module)
    except Exception as error:  # whatever SkyPilot's import raises
        return f"SkyPilot can't be imported: {type(error).__name__}: {error}"
    return ""


def load() -> None:
    """Installs all functions, and imports the libraries that SkyPilot imports when it first needs them.

    With SKY_RUST=require, what can't run natively is no error here: `status` has the reason. The control file that
    SKY_RUST_CONTROL names is obeyed as it is now, but this process tells the others nothing of itself.

    Raises:
        click.ClickException: SkyPilot can't be imported.
    """
    import_skypilot()
    path = _process.POLICY.control_file
    attach(_control_file.read(path, (one.name for one in FUNCTIONS)) if path else None)


def attach(control: Control | None) -> None:
    """Does what `load` does, in a process that has imported SkyPilot's modules.

    Args:
        control: the control file that is obeyed; None for none.
    """
    with suppress(ImportError):  # SKY_RUST=require
        _install.install()
    if control is not None:
        with suppress(ImportError):
            _install.obey({function.name: control.switches.of(function.name) for function in FUNCTIONS})
    if sky_rust.is_rust_available():
        from sky_rust.testing._libraries import load_libraries

        for function in FUNCTIONS:
            with suppress(ImportError):  # the library is not installed: the native declines, and says so
                load_libraries(function.name)


class Problem(NamedTuple):
    """A reason why functions are in Python.

    text: the reason, in words.
    functions: the functions; an empty list stands for all of them.
    command: the command that does away with it; '' where there is none.
    """

    text: str
    functions: list[str]
    command: str = ""

    def sentence(self) -> str:
        """The reason, with the command that does away with it."""
        verb = "them" if len(self.functions) > 1 else "it"
        return f"{self.text}; `{self.command}` proves {verb}" if self.command else self.text


def problems_of(reports: list[FunctionStatus]) -> list[Problem]:
    """The reasons why functions are in Python, each once; all missing proofs have one command."""
    reasons: dict[str, list[str]] = {}
    unproven = []
    for one in reports:
        if one.backend == "rust":
            continue
        if _PROVABLE.search(one.reason):
            unproven.append(one.name)
        else:
            reasons.setdefault(one.reason, []).append(one.name)
    problems = [Problem(reason, names) for reason, names in reasons.items()]
    if unproven:
        count = f"{len(unproven)} functions are" if len(unproven) > 1 else "1 function is"
        some = unproven if len(unproven) <= 3 else []  # a proof for all takes minutes
        command = " ".join(["sky-rust verify --record", *some])
        problems.append(Problem(f"{count} not proven here", unproven, command))
    return problems


def show_problem(console: Console, problem: Problem) -> None:
    """Prints a problem, with the command that does away with it."""
    text = problem.sentence()
    if problem.functions and not problem.command:
        text = f"in Python: {', '.join(problem.functions)}: {text}"
    console.print(f"[yellow]![/] {escape(text)}", highlight=False)


def status(*, as_json: bool) -> None:
    """Prints the host's processes, or where there is none a table: function, backend, reason; or a document."""
    fleet = _fleet.read()
    if fleet.processes and not as_json:
        console = Console()
        console.print(versions(), style="dim", highlight=False)
        cli_fleet.show(console, fleet)
        return
    load()
    reports = list(sky_rust.status().values())
    problems = problems_of(reports)
    if as_json:
        processes = [one._asdict() for one in fleet.processes]
        document = {**facts(), "processes": processes, "sums": fleet.sums}
        document["functions"] = [one._asdict() for one in reports]
        print(json.dumps({**document, "problems": [one._asdict() for one in problems]}, indent=1))
        return
    console = Console()
    table = Table("function", "backend", "why", box=None, pad_edge=False, header_style="bold")
    for one in reports:
        colour = "green" if one.backend == "rust" else "yellow"
        table.add_row(one.name, f"[{colour}]{one.backend}[/]", escape(_why(one)))
    console.print(versions(), style="dim", highlight=False)
    console.print(table)
    for problem in problems:
        if problem.command:  # the others stand in the table
            show_problem(console, problem)


def _why(one: FunctionStatus) -> str:
    """A function's reason without what the table says elsewhere: its name, and the command."""
    if one.backend == "rust":
        return one.reason.removesuffix(f".{one.name}")
    return _PROVABLE.sub("", one.reason).replace(f": {one.name} is not proven", ": not proven")


def facts() -> dict[str, Any]:
    """What a document says of the installation."""
    info = sky_rust.get_backend_info()
    return {
        "sky_rust": info.version,
        "skypilot": info.skypilot,
        "python": info.python,
        "platform": info.platform,
        "native": info.native,
        "reason": info.reason,
        "folder": folder(),
    }


def folder() -> str:
    """The folder that sky_rust was imported from."""
    return os.path.dirname(os.path.abspath(str(sky_rust.__file__)))
