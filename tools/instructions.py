"""How many instructions a call takes, from the native's entry to its answer: figures that no noise changes.

    python tools/instructions.py check     compares with those recorded in tools/instructions.json
    python tools/instructions.py record    records them

Callgrind (`valgrind`) counts what runs in user space, CPython's and libc's part of the call included, and nothing of
the kernel's. So a figure belongs to a compiler, a Python and a libc, and these are recorded with it.
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

#: How much more a call may take, or less: what an update of a library may change.
TOLERANCE = 0.03

#: Calls by name: a function, and its arguments as code. `HERE` is this file, and `PID` this process.
CALLS = (
    "base36_encode('9e107d9d372bb6826bd81d3542a419d6')",
    "format_float(3.14159, 2)",
    "format_float(3.14159, precision=2)",
    "format_float(7)",
    "format_float(10**30)",  # declined
    "truncate_long_string('my-cluster')",
    "truncate_long_string('a-cluster-name that-somebody has-chosen rather-carelessly')",
    "truncate_long_string('a-cluster-name that-somebody has-chosen rather-carelessly', 35, True)",
    "read_last_n_lines(HERE, 10)",
    "hash_file(HERE, 'sha256')",
    "find_free_port(23456)",
    "get_cpu_count()",
    "get_mem_size_gb()",
    "get_parallel_threads()",
    "get_max_workers_for_file_mounts({})",
    "estimate_fd_for_directory('/proc/self/task')",
    "is_process_alive(PID)",
)

_CALLS_COUNTED = 200

_LOOP = """
import itertools, logging, os, sys
import psutil
import sky_rust
from sky_rust._binding import reference_module
logging.disable()
sky_rust.install()
call, count, here = sys.argv[1], int(sys.argv[2]), sys.argv[3]
name = call.partition("(")[0]
module = reference_module(sky_rust.status()[name].module)
scope = {name: getattr(module, name), "repeat": itertools.repeat, "HERE": here, "PID": os.getpid()}
exec(f"def loop(count):\\n for _ in repeat(None, count): {call}", scope)
scope["loop"](count)
assert sum(sky_rust.stats()[name][:2]) == count, sky_rust.status()[name]
"""


def count(call: str) -> int:
    """The instructions of one call: of many, less those of a few, so that the first ones don't count."""
    totals = []
    for calls in (20, 20 + _CALLS_COUNTED):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "callgrind.out")
            with open(os.path.join(folder, "here"), "wb") as here:
                here.write(b"a line of a log\n" * 100)
            entry = "--toggle-collect=*binding*slot*vectorcall*entry*"
            valgrind = ("valgrind", "--quiet", "--tool=callgrind", entry, f"--callgrind-out-file={out}")
            subprocess.run(
                [*valgrind, sys.executable, "-W", "ignore", "-c", _LOOP, call, str(calls), here.name],
                check=True,
                env={**os.environ, "PYTHONHASHSEED": "0", "SKY_RUST": "1"},
            )
            total = re.search(r"^(?:totals|summary): (\d+)", Path(out).read_text(), re.MULTILINE)
            assert total is not None
            totals.append(int(total[1]))
    return round((totals[1] - totals[0]) / _CALLS_COUNTED)


def environment() -> dict[str, str]:
    """What the figures belong to."""
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
        table.add_row(call, f"{before:,}" if before else "", f"{now:,}", f"[{colour}]{share:+.1%}[/]")
    console.print(table)
    if what == "record":
        RECORDED.write_text(json.dumps({**environment(), "calls": figures}, indent=1) + "\n")
        console.print(f"recorded in {RECORDED.name}")
        return
    there = {key: recorded.get(key) for key in environment()}
    if there != environment():
        console.print(f"[yellow]The figures were recorded with {there}, and this is {environment()}.[/]")
    if changed:
        console.print(f"[red]More than {TOLERANCE:.0%} off:[/] {', '.join(changed)}")
        console.print("If that is meant to be so: nox -s instructions -- record")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
