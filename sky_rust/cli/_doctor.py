"""The output of `sky-rust doctor`."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sky_rust.cli import _diagnosis, _report
from sky_rust.cli import _fleet as cli_fleet
from sky_rust.cli._progress import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sky_rust._status import FunctionStatus
    from sky_rust.cli._diagnosis import Diagnosis, Function

#: How each kind of a line is marked.
_MARKS = {"good": "[green]ok[/]", "bad": "[yellow]![/]", "wrong": "[bold red]FAIL[/]", "other": "[dim]-[/]"}


def run(*, as_json: bool) -> int:
    """Finds out how natives fare here, and prints it; progress is on standard error, where that is a terminal.

    Args:
        as_json: one JSON document on standard output instead.

    Returns:
        The exit status, as `_exit` names it.
    """
    errors = Console(stderr=True)
    steps = Steps(len(_diagnosis.PARTS), errors) if errors.is_terminal else None
    with steps or nullcontext():
        diagnosis = _diagnosis.diagnose(lambda part: _advance(steps, part))
    if as_json:
        print(json.dumps(diagnosis.document(), indent=1))
    else:
        _show(Console(), diagnosis)
    return diagnosis.status()


def _advance(steps: Steps | None, part: str) -> None:
    if steps is not None:
        steps.begin(part)
        steps.reach(_diagnosis.PARTS.index(part))


def _show(console: Console, diagnosis: Diagnosis) -> None:
    for kind, text in _lines(diagnosis):
        _show_line(console, _MARKS[kind], text)
    if diagnosis.look.functions:
        console.print()
        console.print(_table(diagnosis.look.functions))
    console.print()
    for step in diagnosis.next():
        command = f": [bold]{escape(step.command)}[/]" if step.command else ""
        _show_line(console, "[bold]next[/]", escape(step.text) + command, markup=True)


def _show_line(console: Console, mark: str, text: str, *, markup: bool = False) -> None:
    """Prints a line, below itself where it is too long for a terminal, and in one where it goes to a file."""
    text = text if markup else escape(text)
    if not console.is_terminal:
        blanks = " " * (5 - Text.from_markup(mark).cell_len)
        console.print(f"{mark}{blanks}{text}", highlight=False, soft_wrap=True)
        return
    line = Table.grid(padding=(0, 1))
    line.add_column(width=4)
    line.add_column(overflow="fold")
    line.add_row(mark, text)
    console.print(line, highlight=False)


def _lines(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    """The lines above the table, each with its kind."""
    facts, look = diagnosis.facts, diagnosis.look
    yield "good", f"sky-rust {facts['sky_rust']}, imported from {facts['folder']}"
    yield "good", f"Python {facts['python']} on {facts['platform']}, {sys.executable}"
    for text in filter(None, (_report.machine(), look.hooks)):
        yield "other", text
    if diagnosis.module:
        yield "good", f"compiled module: {diagnosis.module}"
    if facts["skypilot"] and look.folder:
        unproven = any(one.is_skypilots and one.proven is False for one in look.functions)
        words = f"SkyPilot {facts['skypilot']}, in {look.folder}{_proven(look.functions)}"
        yield "bad" if unproven else "good", words
    yield from _libraries(diagnosis)
    yield from _switches(diagnosis)
    yield from _checks(look.functions)
    yield "other", cli_fleet.summary(diagnosis.fleet) or "no process of this host has natives"
    for problem in diagnosis.problems():
        names = ", ".join(problem.functions) if not problem.command else ""
        is_wrong = bool(set(problem.functions) & set(diagnosis.different)) or problem.text == look.crash
        words = problem.sentence()
        if names and not is_wrong:
            all_of_them = len(problem.functions) == len(look.functions)
            words = f"in Python: {'all functions' if all_of_them else names}: {words}"
        yield "wrong" if is_wrong else "bad", words
    for remark in diagnosis.remarks():
        yield "bad", remark
    if look.functions:
        yield _verdict([one.status for one in look.functions])


def _verdict(statuses: list[FunctionStatus]) -> tuple[str, str]:
    """The line that says how many functions run natively."""
    native = [one.switch for one in statuses if one.backend == "rust"]
    on, in_shadow, in_python = native.count("on"), native.count("shadow"), len(statuses) - len(native)
    if on == len(statuses):
        return "good", f"all {on} functions run natively"
    if in_python == len(statuses):
        return "bad", "no function runs natively"
    words = [f"{on} functions run natively"] if on else []
    words += [f"{in_shadow} in shadow, where callers get the originals' results"] if in_shadow else []
    words += [f"{in_python} in Python"] if in_python else []
    return "bad" if in_python else "good", ", ".join(words)


def _proven(functions: list[Function]) -> str:
    """Words for how many of SkyPilot's functions are proven; '' where there are no natives."""
    of_skypilot = [one for one in functions if one.is_skypilots]
    if not of_skypilot or of_skypilot[0].proven is None:
        return ""
    proven = sum(bool(one.proven) for one in of_skypilot)
    missing = len(functions) - len(of_skypilot)
    own = f"; {missing} that it lacks are sky-rust's own" if missing else ""
    some = "" if proven == len(of_skypilot) else f"{proven} of "
    return f": {some}its {len(of_skypilot)} functions are proven{own}"


def _libraries(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    for kind, proven, words in (("good", True, "proven"), ("bad", False, "not proven"), ("other", None, "")):
        some = [one for one in diagnosis.look.libraries if one.release and one.proven is proven]
        if some:
            names = ", ".join(f"{one.name} {one.release}" for one in some)
            yield kind, f"{names}: {words}" if words else names
    for one in diagnosis.look.libraries:
        if not one.release:
            yield "bad", f"{one.name} is not installed; these need it: {', '.join(one.functions) or 'some functions'}"


def _switches(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    variables = ", ".join(f"{name}={value}" for name, value in sorted(diagnosis.variables.items()))
    control = diagnosis.control
    yield "other", f"variables: {variables or 'none is set'}"
    by = "" if diagnosis.is_control_named else " in what `sky-rust run` and the plugin begin"
    state = "none" if not control.there else "not obeyed" if control.refused else f"obeyed{by}"
    if control.switches.problem:
        state = "can't be read, so that all functions are off"
    yield "other", f"control file {control.file}: {state}"


def _checks(functions: list[Function]) -> Iterator[tuple[str, str]]:
    same = [one.check for one in functions if one.check.result == "same"]
    if same:
        calls, answered = sum(one.calls for one in same), sum(one.answered for one in same)
        rest = f", and Python {calls - answered} of them" if calls > answered else ""
        words = f"self-check: {calls} calls of {len(same)} functions had the originals' outcomes"
        yield "good", f"{words}; natives answered {answered}{rest}"
    for one in functions:
        if one.check.result == "unchecked":
            yield "bad", f"not checked: {one.status.name}: {one.check.reason}"


def _table(functions: list[Function]) -> Table:
    table = Table("function", "switch", "from", "backend", "self-check", box=None, pad_edge=False, header_style="bold")
    for one in functions:
        backend = "[green]rust[/]" if one.status.backend == "rust" else "[yellow]python[/]"
        switch = f"shadow {one.rate:g}" if one.status.switch == "shadow" and one.rate < 1 else one.status.switch
        source = "variable" if "=" in one.source else one.source
        table.add_row(one.status.name, switch, source, backend, _check(one))
    return table


def _check(one: Function) -> str:
    """The words for a function's self-check."""
    found = one.check
    if found.result == "same":
        answered = "" if found.answered == found.calls else f", {found.answered} natively"
        return f"[green]same[/], {found.calls} call{'s' * (found.calls != 1)}{answered}"
    words = {
        "differs": "[bold red]DIFFERS[/]",
        "crashed": "[bold red]CRASHED[/]",
        "unchecked": "[yellow]not checked[/]",
    }
    return words.get(found.result, "[dim]none[/]")
