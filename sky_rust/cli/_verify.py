"""`sky-rust verify`: native against original, on the SkyPilot that is installed here."""

from __future__ import annotations

import itertools
import json
import os
import random
import traceback
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

import sky_rust
from sky_rust import _proof, _record
from sky_rust.cli import _exit, _report
from sky_rust.cli._progress import Steps
from sky_rust.testing import Verdict
from sky_rust.testing._verify import Interrupted, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many steps the suite of a function has, at least, for each example.
STEPS = 3

_SHOWN = {
    "same": "[green]same[/]",
    "differs": "[bold red]DIFFERS[/]",
    "declines": "[red]declines[/]",
    "python": "[yellow]python[/]",
}


def run(names: list[str], *, examples: int, seed: int | None, retry: bool, as_json: bool, record: bool) -> int:
    """Verifies functions, and prints the verdicts.

    Ctrl-C and a crash end the work, but not the report: what was found until then is shown and recorded.

    Args:
        names: the functions.
        examples: how many calls to compare, of each.
        seed: makes the same calls again; None makes other calls each time.
        retry: verify functions that are known to differ as well.
        as_json: one JSON document on standard output instead of a table.
        record: keep the natives with the verdict "same" as proofs of this machine.

    Returns:
        The exit status, as `_exit` names it.
    """
    console, errors = Console(), Console(stderr=True)
    if record:
        trouble = _unwritable(_proof.local_file())
        if trouble:  # said before the work, which takes minutes
            errors.print(f"--record: {trouble}", markup=False, highlight=False, soft_wrap=True)
            return _exit.NOT_RECORDED
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    verdicts: list[Verdict] = []
    ended = 0
    try:
        steps = STEPS * examples
        with Steps(steps * len(names)) as progress:
            for at, name in enumerate(names):
                made = itertools.count(1)

                def step(stage: str, name: str = name, at: int = at, made: Iterator[int] = made) -> None:
                    progress.begin(name, stage)
                    progress.reach(steps * at + min(next(made), steps))

                progress.begin(name)
                verdicts.append(verify(name, examples=examples, seed=seed, retry=retry, progress=step))
                progress.reach(steps * (at + 1))  # a mismatch ends a function's calls early
    except KeyboardInterrupt as stop:
        verdicts += [stop.verdict] if isinstance(stop, Interrupted) else []
        ended = _exit.INTERRUPTED
    except Exception:
        traceback.print_exc()
        ended = _exit.CRASHED
    left = names[len(verdicts) :]
    trouble = _keep(verdicts) if record else ""
    if as_json and ended != _exit.CRASHED:  # a document of a crash could be taken for a whole one
        print(json.dumps(_document(verdicts, seed, left), indent=1))
    elif not as_json:
        _show(console, verdicts, seed, examples)
        if record and not trouble:
            console.print(f"recorded in {_proof.local_file()}", style="dim", highlight=False, soft_wrap=True)
    if left:
        words = "Ctrl-C came" if ended == _exit.INTERRUPTED else f"the suite of {left[0]} crashed"
        errors.print(f"{words}: not verified: {', '.join(left)}", style="yellow", highlight=False, soft_wrap=True)
    if trouble:
        errors.print(f"nothing was recorded: {trouble}", style="red", markup=False, highlight=False, soft_wrap=True)
    return ended or _status(verdicts) or (_exit.NOT_RECORDED if trouble else 0)


def _status(verdicts: list[Verdict]) -> int:
    if any(verdict.result in ("differs", "declines") for verdict in verdicts):
        return _exit.DIFFERS
    return 0 if any(verdict.examples for verdict in verdicts) else _exit.NOTHING


def _document(verdicts: list[Verdict], seed: int, left: list[str]) -> dict[str, Any]:
    info = sky_rust.get_backend_info()
    return {
        "sky_rust": info.version,
        "skypilot": _proof.sources()._asdict(),
        "python": info.python,
        "abi": _proof.ABI,
        "seed": seed,
        "functions": [verdict._asdict() for verdict in verdicts],
        "not_verified": left,
    }


def _unwritable(path: str) -> str:
    """Why a file can't be written; '' if it can. Makes the folder, in which the file is written anew."""
    try:
        if os.path.exists(path):
            with open(path, "rb"):  # the proofs that are there are kept
                pass
        os.makedirs(os.path.dirname(path), exist_ok=True)
        probe = f"{path}.{os.getpid()}"
        with open(probe, "x"):
            pass
        os.unlink(probe)
    except OSError as error:
        return f"{path} can't be written: {error}"
    return ""


def _keep(verdicts: list[Verdict]) -> str:
    """Records verdicts as proofs of this machine; returns why that failed, '' if it didn't."""
    try:
        proofs = _proof.local()
    except ValueError:  # the file has another form: it is written anew
        proofs = _record.Proofs.none()
    except OSError as error:
        return str(error)
    sources = _proof.sources()
    proofs.add(sources)
    for one in verdicts:
        proofs.note(one, _proof.ABI, sources.release)
    try:
        proofs.write(_proof.local_file())
    except OSError as error:  # the disk is full, say
        return str(error)
    return ""


def _skipped(verdicts: list[Verdict]) -> dict[str, list[str]]:
    """What could not be looked at -> the functions for which it could not."""
    found: dict[str, list[str]] = {}
    for one in verdicts:
        for skipped in one.skipped:
            found.setdefault(skipped, []).append(one.function)
    return found


def _show(console: Console, verdicts: list[Verdict], seed: int, examples: int) -> None:
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
    for skipped, of in _skipped(verdicts).items():
        whose = "all functions" if len(of) == len(verdicts) else ", ".join(of)
        console.print(f"skipped for {whose}: {skipped}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    console.print()
    console.print(_report.versions(), style="dim", highlight=False)
    console.print(f"{examples:,} generated calls a function, --seed {seed}", style="dim", highlight=False)
