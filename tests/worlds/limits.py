"""A script in a mount namespace of its own: makes calls where the files of limits have every kind of content.

Prints JSON; exit status 77 if this process may not mount.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import sky_rust
from sky_rust.testing import Call, Environ, _namespace, observe
from tests.functions import candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU_V2 = ["max 100000", "50000 100000", "150000 100000\n", "100000 100000", "1 3", "0 100000", "100000 0", "-1 100000"]
CPU_V2 += [
    "",
    "max",
    "max ",
    "100000",
    "a b",
    "1e5 1e5",
    "1_0 2",
    "100000\t50000",
    "100000 50000 1",
    "99999999999999999999 1",
]
CPU_V2 += ["\u0664 2", "nan 1", "inf 1", "1 inf", "200000 100000\n\n", " 200000 100000", "18446744073709551615 1"]
CPU_V1 = [("-1", "100000"), ("50000", "100000"), ("250000", "100000"), ("0", "1"), ("1", "0"), ("x", "1"), ("1", "x")]
CPU_V1 += [("-1", None), (None, "100000"), ("100000", None), ("-5", "1"), ("1e5", "5e4"), (" 100000\n", "50000\n")]
MEMORY = [
    "max",
    "",
    "0",
    "1",
    "1073741824",
    "1073741824\n",
    "9223372036854771712",
    "18446744073709551615",
    "-1",
    "x",
    "1_0",
]
MEMORY += ["99999999999999999999999999", "1e9", " max ", "max\n", "\u0664", "07", "9223372036854775808"]
MEMINFO = Path("/proc/meminfo").read_text()


def put(path: str, content: str | None) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if content is None:
        if os.path.exists(path):
            os.unlink(path)
    else:
        with open(path, "w") as file:
            file.write(content)


def meminfos() -> Iterator[str]:
    yield MEMINFO
    yield MEMINFO.replace("MemTotal:", "MemTotal:  \t")
    for field in ("MemTotal", "MemFree", "Buffers", "Cached", "Shmem", "Active", "Inactive", "MemAvailable", "Slab"):
        yield "".join(line for line in MEMINFO.splitlines(True) if not line.startswith(f"{field}:"))
    total = next(line for line in MEMINFO.splitlines() if line.startswith("MemTotal:"))
    for value in (
        "0 kB",
        "1",
        "8388608 kB",
        "99999999999999999999 kB",
        "18014398509481984 kB",
        "x kB",
        "",
        "-5 kB",
        "1 GB",
    ):
        yield MEMINFO.replace(total, f"MemTotal:       {value}")
    available = next(line for line in MEMINFO.splitlines() if line.startswith("MemAvailable:"))
    yield MEMINFO.replace(available, "MemAvailable:          0 kB")
    yield MEMINFO + "MemTotal: 4096 kB\n"
    yield MEMINFO + "\n"
    yield ""


def main() -> None:
    from sky.utils import common_utils  # starts threads, which can't be started once the namespaces are other ones

    try:
        _namespace.enter()
    except OSError:
        sys.exit(77)

    common_utils.psutil.load_module()
    sky_rust.install()
    nothing = Environ(dict.fromkeys(("SKYPILOT_POD_CPU_CORE_LIMIT", "SKYPILOT_POD_MEMORY_GB_LIMIT")))
    call = Call((), {}, (nothing,))
    report = []

    def compare(name: str, world: str) -> None:
        before = sky_rust.stats()[name].answers
        expected, found = observe(sky_rust.control(name), call), observe(candidate(name), call)
        report.append((name, world, repr(expected), repr(found), sky_rust.stats()[name].answers > before))

    root = _namespace.CGROUPS
    for quota, period in CPU_V1:
        put(f"{root}/cpu/cpu.cfs_quota_us", quota)
        put(f"{root}/cpu/cpu.cfs_period_us", period)
        compare("get_cpu_count", f"v1 {quota} {period}")
    for limit in MEMORY:
        put(f"{root}/memory/memory.limit_in_bytes", limit)
        compare("get_mem_size_gb", f"v1 {limit}")
    put(f"{root}/cgroup.controllers", "cpu memory\n")
    compare("get_cpu_count", "v2 no file")
    compare("get_mem_size_gb", "v2 no file")
    for limit in CPU_V2:
        put(f"{root}/cpu.max", limit)
        compare("get_cpu_count", f"v2 {limit}")
    for limit in MEMORY:
        put(f"{root}/memory.max", limit)
        compare("get_mem_size_gb", f"v2 {limit}")
    put(f"{root}/memory.max", "max\n")
    for content in meminfos():
        with tempfile.NamedTemporaryFile("w", suffix="meminfo") as file:
            file.write(content)
            file.flush()
            _namespace.lay(file.name, "/proc/meminfo")
            compare("get_mem_size_gb", f"meminfo {content[:40]!r} {len(content)}")
            _namespace.lift("/proc/meminfo")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
