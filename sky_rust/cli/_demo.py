"""`sky-rust demo`: every function on real input, original and native side by side."""

from __future__ import annotations

import importlib
import os
import random
import statistics
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _report
from sky_rust.testing import Call, assert_same_outcome

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long one side of one measurement runs, in seconds, and how many measurements there are of each side.
SAMPLE = 0.004
SAMPLES = 25


class Case(NamedTuple):
    """One row of the table: a function and an input with a name."""

    function: str
    input: str
    call: Call


def cases(folder: str) -> list[Case]:
    """The rows, with their files below `folder`."""

    def path(name: str, content: bytes) -> str:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
        return os.path.join(folder, name)

    noise = random.Random(0)
    small, medium = path("small", noise.randbytes(1 << 10)), path("medium", noise.randbytes(1 << 20))
    log = path("log", b"".join(b"I 11-23 20:31:07 " + b"x" * noise.randint(20, 120) + b"\n" for _ in range(100_000)))
    os.mkdir(os.path.join(folder, "mount"))
    for index in range(1000):
        path(f"mount/{index}", b"")
    mount = os.path.join(folder, "mount")
    name = "a-cluster-name that-somebody has-chosen rather-carelessly"
    rows: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
        ("base36_encode", "an MD5 digest", ("9e107d9d372bb6826bd81d3542a419d6",), {}),
        ("base36_encode", "64 hex digits", ("9e107d9d372bb6826bd81d3542a419d6" * 2,), {}),
        ("format_float", "3.0", (3.0,), {}),
        ("format_float", "3.14159, 2", (3.14159, 2), {}),
        ("format_float", "3.14159, precision=2", (3.14159,), {"precision": 2}),
        ("format_float", "7", (7,), {}),
        ("truncate_long_string", "a short string", ("my-cluster",), {}),
        ("truncate_long_string", "57 characters, end", (name,), {}),
        ("truncate_long_string", "57 characters, middle", (name, 35, True), {}),
        ("read_last_n_lines", "8.7 MB, n=10", (log, 10), {}),
        ("read_last_n_lines", "8.7 MB, n=1000", (log, 1000), {}),
        ("read_last_n_lines", "8.7 MB, n=50000", (log, 50_000), {}),
        ("hash_file", "1 KiB, md5", (small, "md5"), {}),
        ("hash_file", "1 KiB, sha256", (small, "sha256"), {}),
        ("hash_file", "1 MiB, sha256", (medium, "sha256"), {}),
        ("find_free_port", "the first is free", (23456,), {}),
        ("get_cpu_count", "no limit set", (), {}),
        ("get_mem_size_gb", "no limit set", (), {}),
        ("get_parallel_threads", "None", (), {}),
        ("get_parallel_threads", "'kubernetes'", ("kubernetes",), {}),
        ("get_max_workers_for_file_mounts", "{}", ({},), {}),
        ("get_max_workers_for_file_mounts", "1000 entries", ({"/data": mount},), {}),
        ("estimate_fd_for_directory", "1000 entries", (mount,), {}),
        ("is_process_alive", "this process", (os.getpid(),), {}),
        ("is_process_alive", "no process", (2**22 + 1,), {}),
    ]
    return [Case(function, label, Call(args, kwargs)) for function, label, args, kwargs in rows]


def ratio(control: Callable[..., Any], function: Callable[..., Any], call: Call) -> tuple[float, float, float]:
    """The medians of both in seconds a call, and the median of their ratios: interleaved, in this process."""

    def sample(target: Callable[..., Any], count: int) -> float:
        args, kwargs = call.args, dict(call.kwargs)
        start = time.perf_counter()
        if kwargs:
            for _ in range(count):
                target(*args, **kwargs)
        else:
            for _ in range(count):
                target(*args)
        return (time.perf_counter() - start) / count

    count = max(1, int(SAMPLE / sample(control, 1)))
    count = max(1, int(SAMPLE / sample(control, count)))
    pairs = [(sample(control, count), sample(function, count)) for _ in range(SAMPLES)]
    controls, natives = zip(*pairs)
    return statistics.median(controls), statistics.median(natives), statistics.median(a / b for a, b in pairs)


def show() -> None:
    """Prints the table, and what is behind it."""
    console = Console()
    _report.load()
    statuses = sky_rust.status()
    table = Table(
        "function", "input", "same", "backend", header_style="bold", box=None, pad_edge=False, title_justify="left"
    )
    for heading in ("original", "sky-rust", "ratio"):
        table.add_column(heading, justify="right")
    slow = []
    with tempfile.TemporaryDirectory(prefix="sky-rust-demo-") as folder:
        rows = cases(folder)
        assert {row.function for row in rows} == {function.name for function in FUNCTIONS}
        shown = ""
        for case in track(rows, "measuring", console=console, transient=True):
            status = statuses[case.function]
            name = case.function
            function = getattr(importlib.import_module(f"sky_rust.utils.{status.module}"), name)
            control = sky_rust.control(name)
            try:
                assert_same_outcome(control, function, case.call)
                same = "[green]yes[/]"
            except AssertionError:
                same = "[red]NO[/]"
            before = sky_rust.stats()[name]
            original, native, times = ratio(control, function, case.call)
            after = sky_rust.stats()[name]
            answered, declined = after.answers - before.answers, after.declines - before.declines
            is_native = answered > 99 * declined
            if is_native and times < 1:
                slow.append(case)
            table.add_row(
                name if name != shown else "",
                case.input,
                same,
                "[green]rust[/]" if is_native else "[yellow]python[/]",
                _time(original),
                _time(native),
                f"[bold]{times:.2f}[/]" if times >= 1 else f"[yellow]{times:.2f}[/]",
            )
            shown = name
    console.print(table)
    console.print()
    console.print(_report.versions(), style="dim", highlight=False)
    if _report.machine():
        console.print(_report.machine(), style="dim", highlight=False)
    console.print(
        f"Medians of {SAMPLES} interleaved measurements in one process; a ratio above 1 is faster than the original.",
        style="dim",
        highlight=False,
    )
    for reason in sorted({one.reason for one in statuses.values() if one.backend != "rust"}):
        console.print(f"In Python: {reason}", style="yellow", highlight=False)
    for case in slow:
        console.print(f"Slower than the original here: {case.function}, {case.input}", style="yellow", highlight=False)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("\N{MICRO SIGN}s", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
