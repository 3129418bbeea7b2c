"""`sky-rust verify`: native against original, on the SkyPilot that is installed here."""

from __future__ import annotations

import json
import random
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import sky_rust
from sky_rust import _proof, _record
from sky_rust.cli import _report
from sky_rust.testing import Verdict
from sky_rust.testing._verify import verify

_SHOWN = {
    "same": "[green]same[/]",
    "differs": "[bold red]DIFFERS[/]",
    "declines": "[red]declines[/]",
    "python": "[yellow]python[/]",
}


def run(names: list[str], *, examples: int, seed: int | None, retry: bool, as_json: bool, record: bool) -> int:
    """Verifies functions, and prints the verdicts.

    Args:
        names: the functions.
        examples: how many calls to compare, of each.
        seed: makes the same calls again; None makes other calls each time.
        retry: verify functions that are known to differ as well.
        as_json: one JSON document on standard output instead of a table.
        record: keep the natives with the verdict "same" as proofs of this machine.

    Returns:
        The exit status: 1 if a native differs or does not answer, or if there was nothing to compare.
    """
    console, progress_console = Console(), Console(stderr=True)
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    verdicts = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress_console, transient=True) as progress:
        task = progress.add_task("", total=2 * examples * len(names))
        for at, name in enumerate(names):
            progress.update(task, description=name)
            verdicts.append(
                verify(name, examples=examples, seed=seed, retry=retry, progress=lambda: progress.advance(task))
            )
            progress.update(task, completed=2 * examples * (at + 1))  # a mismatch ends a function's calls early
    if record:
        _keep(verdicts)
    if as_json:
        print(json.dumps(_document(verdicts, seed), indent=1))
    else:
        _show(console, verdicts, seed, examples, record=record)
    failed = any(verdict.result in ("differs", "declines") for verdict in verdicts)
    return 1 if failed or not any(verdict.examples for verdict in verdicts) else 0


def _document(verdicts: list[Verdict], seed: int) -> dict[str, Any]:
    info = sky_rust.get_backend_info()
    return {
        "sky_rust": info.version,
        "skypilot": _proof.sources()._asdict(),
        "python": info.python,
        "abi": _proof.ABI,
        "seed": seed,
        "functions": [verdict._asdict() for verdict in verdicts],
    }


def _keep(verdicts: list[Verdict]) -> None:
    try:
        proofs = _proof.local()
    except ValueError:  # the file has another form: it is written anew
        proofs = _record.Proofs.none()
    sources = _proof.sources()
    proofs.add(sources)
    for one in verdicts:
        proofs.note(one, _proof.ABI, sources.release)
    proofs.write(_proof.local_file())


def _show(console: Console, verdicts: list[Verdict], seed: int, examples: int, *, record: bool) -> None:
    table = Table("function", "verdict", "calls", "proof", "", box=None, pad_edge=False, header_style="bold")
    for one in verdicts:
        reason = "" if one.result == "differs" else one.reason
        calls = f"{one.examples:,}" if one.examples else ""
        table.add_row(one.function, _SHOWN[one.result], calls, one.fingerprint[:12], reason)
    console.print(table)
    for one in verdicts:
        if one.script:
            console.print(f"\n[bold red]{one.function} differs.[/] In a Python prompt:\n")
            console.print(one.script, markup=False, highlight=False, soft_wrap=True)
            console.print(f"\n{one.reason}", markup=False, highlight=False, soft_wrap=True)
    console.print()
    console.print(_report.versions(), style="dim", highlight=False)
    console.print(f"{examples:,} calls a function, --seed {seed}", style="dim", highlight=False)
    if record:
        console.print(f"recorded in {_proof.local_file()}", style="dim", highlight=False, soft_wrap=True)
