"""Calls of `get_mem_size_gb`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import Environ, KernelFiles, Replaced

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_LIMITS = ("SKYPILOT_POD_MEMORY_GB_LIMIT", "SKYPILOT_POD_MEMORY_BYTES_LIMIT")

#: Contents of memory.max, as the kernel writes them, and as it doesn't.
_MEMORY = ("max\n", "1073741824\n", "1\n", "9223372036854771712\n", "8589934592", "4096\n")
_ODD_MEMORY: tuple[str, ...] = (
    "",
    "0",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "x",
    "1_0",
    "\udcff",
    "9223372036854775808",
)
_ODD_MEMORY += (
    "99999999999999999999999999",
    "1e9",
    " max ",
    "max\n\n",
    "\u0664",
    "07",
    "1" * 8191,
    "1" * 8192,
    "1" * 8193,
)

#: Values of a field of /proc/meminfo, and what may stand around them.
_VALUES: tuple[str, ...] = (
    "8388608 kB",
    "0 kB",
    "1 kB",
    "1",
    "99999999999999999999 kB",
    "18014398509481984 kB",
    "9007199254740992 kB",
    "24683657 kB",
)
_VALUES += ("x kB", "", "-5 kB", "1 GB", "12a kB", "1  kB")
_FIELDS = ("MemTotal", "MemFree", "Buffers", "Cached", "Shmem", "Active", "Inactive", "MemAvailable", "Slab")


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("no limit set", Call(worlds=(Environ(dict.fromkeys(_LIMITS)),))),
    ]


def generated() -> Domain:
    """The environment's limits, those of control groups, and the machine's memory."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import cgroups, limited, limits

    common = limits | st.sampled_from(["inf", "-inf", "1e400", "nan"])
    memory = st.sampled_from(_MEMORY) | st.sampled_from(_ODD_MEMORY)
    files = st.one_of(
        cgroups({"/sys/fs/cgroup/memory/memory.limit_in_bytes": memory}, {"/sys/fs/cgroup/memory.max": memory}),
        _meminfos().map(lambda text: KernelFiles({"/proc/meminfo": text})),
    )
    known = st.sampled_from([7, None]).map(lambda total: Replaced("psutil:_TOTAL_PHYMEM", total))
    return limited(*_LIMITS, common=common, files=files, others=known)


def _meminfos() -> SearchStrategy[str]:
    """/proc/meminfo as it is, with another value of a field, without one, with further lines; and as it never is."""
    from hypothesis import strategies as st

    with open("/proc/meminfo", encoding="utf-8") as file:
        whole = file.read()
    lines = whole.splitlines(keepends=True)

    def without(field: str) -> str:
        return "".join(line for line in lines if not line.startswith(f"{field}:"))

    fields = st.sampled_from(_FIELDS)
    others = st.builds(
        lambda field, value: f"{field}:       {value}\n{without(field)}", fields, st.sampled_from(_VALUES)
    )
    more = st.sampled_from(
        ["MemTotal: 4096 kB\n", "\n", "no colon\n", "Odd Name: 1 kB\n", "A: 1", "\udcff: 2 kB\n", "Zeros: 0 kB\n" * 700]
    ).map(lambda text: whole + text)
    total = st.sampled_from(_VALUES).map(lambda value: f"MemTotal:       {value}\n{without('MemTotal')}")
    return st.one_of(total, others, fields.map(without), more, st.sampled_from([whole, whole[:-1], ""]))
