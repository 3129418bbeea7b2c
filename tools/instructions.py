"""Counts the instructions of a call, from the native's entry to its answer: figures that no noise changes.

    python tools/instructions.py check     compares with those recorded in tools/instructions.json
    python tools/instructions.py record    records them

Callgrind (`valgrind`) counts what runs in user space, CPython's and libc's part of the call included, and nothing of
the kernel's. So a figure belongs to a compiler, a Python and a libc, and these are recorded with it. It must not depend
on the process, the folder or the caller's environment: paths are relative, to a folder with a fixed content, the one
process asked about is number 1, and the counted process gets no variables but those that it needs.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

RECORDED = Path(__file__).with_suffix(".json")

#: The share by which a figure may change: updates of libraries change it by as much.
TOLERANCE = 0.03

#: The symbols between which Callgrind counts: the natives' entries, as the compiler names them.
ENTRY = "*dispatch*vectorcall*entry*"

#: The variables that the counted process inherits, if they are set: those that Python and the dynamic linker need.
INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH")

#: The calls, as code: a function and its arguments. They are made in the folder that `fill` fills.
CALLS = (
    "base36_encode('9e107d9d372bb6826bd81d3542a419d6')",
    "format_float(3.14159, 2)",
    "format_float(3.14159, precision=2)",
    "format_float(7)",
    "format_float(10**30)",  # declined
    "truncate_long_string('my-cluster')",
    "truncate_long_string('a-cluster-name that-somebody has-chosen rather-carelessly')",
    "truncate_long_string('a-cluster-name that-somebody has-chosen rather-carelessly', 35, True)",
    "human_duration(1_000_000_000, 1_000_259_200)",
    "read_last_n_lines('log', 10)",
    "hash_file('log', 'sha256')",
    "find_free_port(23456)",
    "get_cpu_count()",
    "get_mem_size_gb()",
    "get_parallel_threads()",
    "get_max_workers_for_file_mounts({})",
    "estimate_fd_for_directory('directory')",
    "is_process_alive(1)",
    "check_no_duplicate_keys(_yaml.TASK)",
    "safe_load(_yaml.TASK)",
    "dump_yaml_str(_yaml.task_tree())",
)

_CALLS_COUNTED = 200

_LOOP = """
import itertools, logging, sys
import psutil
import sky_rust
from sky_rust import _proof
from sky_rust._skypilot import reference_module
from sky_rust.testing import _yaml
logging.disable()
_proof.on_trial.update(sky_rust.status())  # a native is counted before it is proven
sky_rust.install()
call, count = sys.argv[1], int(sys.argv[2])
name = call.partition("(")[0]
module = reference_module(sky_rust.status()[name].module)
scope = {name: getattr(module, name), "repeat": itertools.repeat, "_yaml": _yaml}
exec(f"def loop(count):\\n for _ in repeat(None, count): {call}", scope)
scope["loop"](count)
assert sum(sky_rust.stats()[name][:2]) == count, sky_rust.status()[name]
"""


def fill(folder: Path) -> None:
    """Makes the files that the calls read, in a folder."""
    (folder / "log").write_bytes(b"a line of a log\n" * 100)
    (folder / "directory").mkdir()
    for entry in range(10):
        (folder / "directory" / f"{entry}").touch()


def count(call: str) -> int:
    """The instructions of one call: the difference of many calls and a few, so that the first calls don't count."""
    totals = []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as report:
        fill(Path(folder))
        out = Path(report, "callgrind.out")
        valgrind = ("valgrind", "--quiet", "--tool=callgrind", f"--toggle-collect={ENTRY}")
        variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
        for calls in (20, 20 + _CALLS_COUNTED):
            subprocess.run(
                [
                    *valgrind,
                    f"--callgrind-out-file={out}",
                    sys.executable,
                    "-W",
                    "ignore",
                    "-c",
                    _LOOP,
                    call,
                    str(calls),
                ],
                check=True,
                cwd=folder,
                env={**variables, "PYTHONHASHSEED": "0", "SKY_RUST": "1"},
            )
            total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
            assert total is not None
            totals.append(int(total[1]))
    counted = round((totals[1] - totals[0]) / _CALLS_COUNTED)
    assert counted > 0, f"Callgrind has not counted {call}: no symbol of the compiled module is like {ENTRY}"
    return counted


def environment() -> dict[str, str]:
    """The versions that the figures depend on."""
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return {"python": platform.python_version(), "libc": " ".join(platform.libc_ver()), "rustc": rustc}


@click.command()
@click.argument("what", type=click.Choice(["check", "record"]))
def main(what: str) -> None:
    """Counts, and records or compares."""
    console = Console()
    recorded: dict[str, Any] = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"calls": {}}
    figures = {call: count(call) for call in CALLS}
    table = Table("call", box=None, pad_edge=False, header_style="bold")
    for heading in ("recorded", "now", ""):
        table.add_column(heading, justify="right")
    changed = []
    for call, now in figures.items():
        before = recorded["calls"].get(call)
        share = now / before - 1 if before else 0.0
        if not before or abs(share) > TOLERANCE:
            changed.append(call)
        colour = "default" if call not in changed else "green" if share < 0 else "red"
        change = f"{share:+.1%}" if before else "not recorded"
        table.add_row(call, f"{before:,}" if before else "", f"{now:,}", f"[{colour}]{change}[/]")
    console.print(table)
    if what == "record":
        RECORDED.write_text(json.dumps({**environment(), "calls": figures}, indent=1) + "\n")
        console.print(f"recorded in {RECORDED.name}")
        return
    there = {key: recorded.get(key) for key in environment()}
    if there != environment():
        console.print(f"[yellow]The figures were recorded with {there}, and this is {environment()}.[/]")
    if changed:
        console.print(f"[red]More than {TOLERANCE:.0%} off, or not recorded:[/] {', '.join(changed)}")
        console.print("If that is meant to be so: nox -s instructions -- record")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
