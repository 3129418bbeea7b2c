"""The calls that `demo` and `bench` measure: every function, on inputs with a name."""

from __future__ import annotations

import functools
import os
import random
from typing import Any, NamedTuple

import sky_rust
from sky_rust.testing import BusyPorts, Call, Directory, Environ, File


class Case(NamedTuple):
    """One row of a table.

    function, input: the function, and a name for what it is called with.
    call: the call, with its world.
    goal: the ratio to the original that it is meant to reach, on the original of SkyPilot 0.14.1 and CPython 3.12.
    """

    function: str
    input: str
    call: Call
    goal: float


#: What a call that native declines may cost at most: a tenth more than the original alone.
DECLINED = 1 / 1.1

_MD5 = "9e107d9d372bb6826bd81d3542a419d6"
_NAME = "a-cluster-name that-somebody has-chosen rather-carelessly"
_UNLIMITED = Environ(
    dict.fromkeys(
        ("SKYPILOT_POD_CPU_CORE_LIMIT", "SKYPILOT_POD_MEMORY_GB_LIMIT", "SKYPILOT_POD_MEMORY_BYTES_LIMIT"), None
    )
)


def answered(*, large: bool) -> list[Case]:
    """Calls as callers make them, which natives answer; those on large inputs only if they are asked for."""
    rows: list[Case] = []

    def row(goal: float, function: str, label: str, *args: Any, **kwargs: Any) -> None:
        rows.append(Case(function, label, Call(args, kwargs, _worlds(function)), goal))

    row(20, "base36_encode", "an MD5 digest", _MD5)
    row(20, "base36_encode", "64 hex digits", 2 * _MD5)
    row(2.5, "format_float", "3.0", 3.0)
    row(5, "format_float", "3.14159, 2", 3.14159, 2)
    row(4, "format_float", "7", 7)
    row(4, "format_float", "3.14159, precision=2", 3.14159, precision=2)
    row(2, "truncate_long_string", "a short string", "my-cluster")
    row(10, "truncate_long_string", "57 characters, end", _NAME)
    row(8, "truncate_long_string", "57 characters, middle", _NAME, 35, True)
    log = _log()
    row(2.8, "read_last_n_lines", "15 MB log, n=10", log, 10)
    row(5, "read_last_n_lines", "15 MB log, n=1,000", log, 1000)
    if large:
        row(5, "read_last_n_lines", "15 MB log, n=100,000", log, 100_000)
    for algorithm in ("md5", "sha256", "sha512"):
        row(3.3, "hash_file", f"1 KiB, {algorithm}", _noise(1 << 10), algorithm)
    row(1.1, "hash_file", "64 KiB, sha256", _noise(64 << 10), "sha256")
    row(1.05, "hash_file", "1 MiB, sha256", _noise(1 << 20), "sha256")
    if large:
        for goal, algorithm in ((1.1, "sha256"), (1.03, "md5"), (1.0, "sha512")):
            row(goal, "hash_file", f"128 MiB, {algorithm}", _noise(128 << 20), algorithm)
    for goal, busy, label in ((1.4, 0, "the first is free"), (20, 50, "50 busy"), (30, 500, "500 busy")):
        start = _free_ports(busy + 1)
        ports = BusyPorts(frozenset(range(start, start + busy)))
        rows.append(Case("find_free_port", label, Call((start,), {}, (ports,)), goal))
    row(12, "get_cpu_count", "no limit set")
    row(5, "get_mem_size_gb", "no limit set")
    row(6, "get_parallel_threads", "None")
    row(6, "get_parallel_threads", "'kubernetes'", "kubernetes")
    row(6, "get_max_workers_for_file_mounts", "{}", {})
    row(1.3, "get_max_workers_for_file_mounts", "10,000 entries", {"/data": Directory(10_000)})
    row(1.5, "estimate_fd_for_directory", "10 entries", Directory(10))
    row(1.3, "estimate_fd_for_directory", "10,000 entries", Directory(10_000))
    row(50, "is_process_alive", "this process", os.getpid())
    row(30, "is_process_alive", "no process", 2**22 + 1)
    return rows


def declined() -> list[Case]:
    """Calls that natives leave to the originals: what does it cost to ask?"""
    return [
        Case(function, label, Call(args), DECLINED)
        for function, label, args in (
            ("base36_encode", "'0x1f'", ("0x1f",)),
            ("format_float", "an int of 31 digits", (10**30,)),
            ("truncate_long_string", "max_length=-3", ("my-cluster", -3)),
            ("get_parallel_threads", "not in ASCII", ("k\N{KELVIN SIGN}",)),
            ("hash_file", "1 KiB, a path in bytes", (os.fsencode(_noise(1 << 10).path()), "sha256")),
            ("read_last_n_lines", "n=0", (_log(), 0)),
        )
    ]


def _worlds(function: str) -> tuple[Environ, ...]:
    return (_UNLIMITED,) if function in ("get_cpu_count", "get_mem_size_gb") else ()


@functools.cache
def _noise(size: int) -> File:
    return File(random.Random(size).randbytes(size))


@functools.cache
def _log() -> File:
    noise = random.Random(0)
    return File(b"".join(b"I 11-23 20:31:07 " + b"x" * noise.randint(20, 220) + b"\n" for _ in range(109_000)))


def _free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    is_taken = sky_rust.control("find_free_port")
    start = 23456
    while True:
        for port in range(start, start + count):
            if is_taken(port) != port:
                start = port + 1
                break
        else:
            return start
