"""The output of `switch`, and that of `status` about the processes of this host."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sky_rust import _control_file, _fleet, _process
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _exit

if TYPE_CHECKING:
    from sky_rust._fleet import Fleet, Process

#: How long `switch` waits for the processes to follow it, in seconds. They look every half second.
_PATIENCE = 2.0


def show(console: Console, fleet: Fleet) -> None:
    """Prints the processes, the functions with their counts, and whatever is not as one would wish."""
    processes = Table("process", "begun by", "native", "in shadow", "in Python", box=None, pad_edge=False)
    processes.header_style = "bold"
    for one in fleet.processes:
        native, shadow, python = _backends(one)
        processes.add_row(str(one.pid), one.context, str(native), str(shadow), f"{python}")
    console.print(processes)
    console.print()
    functions = Table(box=None, pad_edge=False, header_style="bold")
    functions.add_column("function", overflow="fold")
    functions.add_column("backend")
    for count in _fleet.COUNTS:
        functions.add_column(count, justify="right")
    functions.add_column("ratio", justify="right")
    for function in FUNCTIONS:
        sums = fleet.sums.get(function.name, dict.fromkeys(_fleet.COUNTS, 0))
        cells = [
            f"[red]{sums[count]}[/]" if count == "mismatches" and sums[count] else str(sums[count]) for count in sums
        ]
        ratio = fleet.ratio(function.name)
        functions.add_row(function.name, _backend(fleet, function.name), *cells, f"{ratio:.1f}" if ratio else "")
    console.print(functions)
    for line, pids in remarks(fleet).items():
        where = "all processes" if len(pids) == len(fleet.processes) > 1 else ", ".join(map(str, pids))
        console.print(f"[yellow]![/] {escape(line)} [dim]({where})[/]", highlight=False, soft_wrap=True)


def summary(fleet: Fleet) -> str:
    """One line about the processes; '' if there are none."""
    if not fleet.processes:
        return ""
    native, shadow, python = (sum(counts) for counts in zip(*map(_backends, fleet.processes)))
    mismatches = sum(sums["mismatches"] for sums in fleet.sums.values())
    some = f"{len(fleet.processes)} process{'es' * (len(fleet.processes) > 1)}"
    said = f"{some} of this host: {native} functions native, {shadow} in shadow, {python} in Python"
    return f"{said}, {mismatches} mismatches (sky-rust status)"


def _backends(process: Process) -> tuple[int, int, int]:
    """How many functions are native, in shadow, and in Python."""
    native = [one["switch"] for one in process.functions.values() if one["backend"] == "rust"]
    return native.count("on"), native.count("shadow"), len(process.functions) - len(native)


def _backend(fleet: Fleet, name: str) -> str:
    """A function's backend in all processes, such as 'rust 3, python 1'."""
    numbers: dict[str, int] = {}
    for process in fleet.processes:
        one = process.functions.get(name)
        if one is not None:
            is_shadow = one["backend"] == "rust" and one["switch"] == "shadow"
            key = (
                "[cyan]shadow[/]"
                if is_shadow
                else {"rust": "[green]rust[/]", "python": "[yellow]python[/]"}[one["backend"]]
            )
            numbers[key] = numbers.get(key, 0) + 1
    return ", ".join(key if len(numbers) == 1 else f"{key} {number}" for key, number in numbers.items())


def remarks(fleet: Fleet) -> dict[str, list[int]]:
    """What isn't as one would wish, in words -> the processes that say it."""
    found: dict[str, list[int]] = {}
    for process in fleet.processes:
        lines = [process.obstacle, process.trouble, process.control.get("problem"), process.control.get("refused")]
        if not process.obstacle:
            in_python = ((name, one["reason"]) for name, one in process.functions.items() if one["backend"] != "rust")
            reasons: dict[str, list[str]] = {}
            for name, reason in in_python:
                reasons.setdefault(reason.replace(name, "FUNCTION"), []).append(name)
            lines += [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
        for line in filter(None, lines):
            found.setdefault(str(line), []).append(process.pid)
    return found


def is_tripped(function: dict[str, Any]) -> bool:
    """Whether the breaker has switched off a function in a process, by what the process says of the function."""
    return bool(function.get("mismatches")) and function.get("switch") == "off"


def switch(name: str, word: str, rate: float | None) -> None:
    """Writes a switch into the control file, and says how many of this host's processes follow it.

    Args:
        name: the function's, or 'all'.
        word: 'on', 'off', 'shadow', or 'default' to take the line away.
        rate: the share of calls that shadow compares.

    Raises:
        click.ClickException: the file can't be written, or what is there isn't a control file.
    """
    path = _process.CONTROL_FILE
    key = _control_file.EVERY if name == "all" else name
    value = None if word == "default" else word if rate is None else f"{word} {rate:g}"
    try:
        content = _control_file.change(path, {key: value})
    except (_control_file.ReadOnlyError, _control_file.RefusedError, ValueError, OSError) as error:
        raise _exit.Stop(str(error), _exit.NOT_WRITTEN) from None
    console = Console()
    console.print(f"{path}:\n{content}", markup=False, highlight=False, end="", soft_wrap=True)
    digest = _control_file.parse(path, content.encode(), ()).digest
    end = time.monotonic() + _PATIENCE
    while True:
        following = [one for one in _fleet.read().processes if one.control.get("file") == path]
        done = [one for one in following if one.control.get("digest") == digest]
        if len(done) == len(following) or time.monotonic() > end:
            break
        time.sleep(0.1)
    if not following:
        console.print("no process of this host follows this file yet", style="dim")
    else:
        console.print(
            f"{len(done)} of {len(following)} processes follow", style="green" if done == following else "red"
        )


def can_run() -> bool:
    """Whether sky-rust is installed in a way that lets it begin in the processes of `run`."""
    return any(os.path.isfile(os.path.join(folder, "sky_rust_autorun.pth")) for folder in sys.path)


def run(command: tuple[str, ...]) -> None:
    """Becomes another program, whose Python processes get natives. Comes back only with an error.

    Raises:
        click.ClickException: there is no such program, or sky-rust isn't installed in a way that lets it begin there.
    """
    if not can_run():
        words = "there is no sky_rust_autorun.pth: install sky-rust with pip, in the environment of the command"
        raise _exit.Stop(words, _exit.NOTHING)
    try:
        os.execvpe(command[0], command, {**os.environ, "SKY_RUST_RUN": "1"})
    except OSError as error:  # as shells have it
        status = 127 if isinstance(error, FileNotFoundError) else 126
        raise _exit.Stop(f"{command[0]}: {error.strerror}", status) from None
