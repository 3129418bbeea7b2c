"""Calls of `get_cpu_count`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import Environ, KernelFiles

#: Contents of cpu.max, as the kernel writes them, and as it doesn't.
_QUOTAS = ("max 100000\n", "50000 100000\n", "150000 100000\n", "100000 100000", "1 3\n", "250000 100000\n")
_ODD_QUOTAS: tuple[str, ...] = (
    "0 100000",
    "100000 0",
    "-1 100000",
    "",
    "max",
    "max ",
    "100000",
    "a b",
    "1e5 1e5",
    "1_0 2",
    "\udcff 2",
)
_ODD_QUOTAS += (
    "100000\t50000",
    "100000 50000 1",
    "99999999999999999999 1",
    "\u0664 2",
    "nan 1",
    "inf 1",
    "1 inf",
    "x" * 9000,
)
_ODD_QUOTAS += ("200000 100000\n\n", " 200000 100000", "18446744073709551615 1", "1 " + "1" * 8190, "1 " + "1" * 8191)


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("no limit set", Call(worlds=(Environ({"SKYPILOT_POD_CPU_CORE_LIMIT": None}),))),
    ]


def generated() -> Domain:
    """The environment's limit, the affinity of threads, the CPUs that are online, the limits of control groups."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import cgroups, limited, limits

    quotas = st.sampled_from(_QUOTAS) | st.sampled_from(_ODD_QUOTAS)
    numbers = st.sampled_from(["-1\n", "50000\n", "250000\n", "100000"]) | st.sampled_from(
        ["0", "1", "x", "", "-5", "1e5", " 100000\n", "5e4"]
    )
    first = {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": numbers, "/sys/fs/cgroup/cpu/cpu.cfs_period_us": numbers}
    online = st.sampled_from(["0\n", "0-63\n", "0,2-5\n", "0-1023\n"])
    files = st.one_of(
        cgroups(first, {"/sys/fs/cgroup/cpu.max": quotas}),
        online.map(lambda text: KernelFiles({"/sys/devices/system/cpu/online": text})),
    )
    return limited("SKYPILOT_POD_CPU_CORE_LIMIT", common=limits, files=files)
