"""Calls of `is_process_alive`."""

from __future__ import annotations

import os

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import KernelFiles, Replaced


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("this process", Call((os.getpid(),))),
        Named("no process", Call((2**22 + 1,))),
    ]


def generated() -> Domain:
    """Numbers of processes that are there, and of those that are not."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, in_world, no_descriptors, with_arguments

    pids = st.one_of(
        st.sampled_from([1, 2, os.getpid(), os.getppid(), 2**22, 2**22 + 1, 2**31 - 1]),
        st.integers(1, 2**31 - 1),
        st.integers(1, 500),
    )
    another_proc = st.just(Replaced("psutil:PROCFS_PATH", "/proc/self"))
    # The same process is there in one call and gone in the next.
    first = with_arguments(st.just(1))
    gone = st.just(KernelFiles({"/proc": None}))
    odd = st.sampled_from([0, -1, None, True, False, 2**31, 2**63, 10**30, 1.0, "1"]) | anything
    return Domain(
        with_arguments(pids) | with_arguments(pid=pids).filter(lambda call: bool(call.kwargs)),
        with_arguments(odd) | with_arguments() | in_world(with_arguments(pids), no_descriptors, another_proc),
        with_arguments(pids) | first | in_world(first, gone),
    )
