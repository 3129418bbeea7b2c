"""Calls of `find_free_port`."""

from __future__ import annotations

import functools
import os
import socket
from typing import TYPE_CHECKING

from sky_rust import _skypilot
from sky_rust._registry import function
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._loggers import STATES, Logger
from sky_rust.testing._worlds import BusyPorts, Request

if TYPE_CHECKING:
    from sky_rust.testing._worlds import World

#: How many ports a process that tests has to itself.
_QUIET = 600


def named() -> list[Named]:
    """Calls as callers make them: from a port on, with so many busy ones before the first that is free."""
    start = quiet_ports()
    return [
        Named(label, Call((start,), {}, (BusyPorts(frozenset(range(start, start + busy))),)))
        for label, busy in (("the first is free", 0), ("50 busy", 50), ("500 busy", 500))
    ]


def extremes() -> list[Call]:
    """Busy ports: as many in a row as are tried before signals are handled, and on another address of this machine.

    And one, with a logger in each state, in a request of the API server, and beside its requests.
    """
    base = quiet_ports()
    line = function("find_free_port")
    modules = dict.fromkeys(one.__module__ for one in (_skypilot.original(line), _skypilot.reference(line)))
    loggers = [tuple(Logger(module, state) for module in modules) for state in STATES]
    variables: tuple[dict[str, str | None] | None, ...] = (
        {},
        {"SKYPILOT_DEBUG": "1"},
        {"SKYPILOT_DEBUG": "0"},
        {"SKYPILOT_DEBUG": None},
        None,
    )
    worlds: list[tuple[World, ...]] = [*loggers, *((Request(one),) for one in variables)]
    return [
        *(Call((base,), {}, (BusyPorts(frozenset(range(base, base + count))),)) for count in (256, 257, 515)),
        Call((base,), {}, (BusyPorts(frozenset((base, base + 1)), "127.0.0.2"),)),
        Call((65_300,), {}, (BusyPorts(frozenset(range(65_300, 65_303))),)),
        *(Call((base,), {}, (BusyPorts(frozenset((base,))), *some)) for some in worlds),
    ]


def generated() -> Domain:
    """Free and busy ports, and values that are no ports."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, in_world, no_descriptors, with_arguments

    base = quiet_ports()
    ports = st.integers(base, base + 20)
    # As many in a row as are tried before signals are handled, one less or more, and some times as many.
    counts = [count for count in thresholds("find_free_port", beyond=2) if count < _QUIET - 30]
    in_a_row = st.integers(1, 30) | st.integers(0, 9).flatmap(
        lambda dice: st.just(dice) if dice else st.sampled_from(counts)
    )
    busy = st.frozensets(ports, max_size=12).map(BusyPorts) | in_a_row.map(
        lambda count: BusyPorts(frozenset(range(base, base + count)))
    )
    common = st.builds(lambda port, world: Call((port,), {}, (world,)), ports, busy) | st.builds(
        lambda port, world: Call((), {"start_port": port}, (world,)), ports, busy
    )
    last = BusyPorts(frozenset(range(65530, 65536)))
    odd = st.one_of(
        with_arguments(st.sampled_from([0, 65534, 65535, 65536, -1, 10**30, True])),
        st.sampled_from([65530, 65534]).map(lambda port: Call((port,), {}, (last,))),
        with_arguments(anything.filter(lambda it: not isinstance(it, int) or isinstance(it, bool))),
        in_world(with_arguments(ports), no_descriptors),
        with_arguments(ports, ports),
    )
    return Domain(common, odd)


@functools.cache
def _port_range(pid: int) -> tuple[int, socket.socket]:
    for at in range(20):
        first = 20_000 + (pid + at) % 20 * _QUIET
        guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            guard.bind(("", first + _QUIET - 1))  # held, so that another test process skips these ports
            for port in range(first, first + _QUIET - 1):
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
                    attempt.bind(("", port))
        except OSError:
            guard.close()
            continue
        return first, guard
    raise RuntimeError(f"there are no {_QUIET} free ports in a row")


def quiet_ports() -> int:
    """The first of `_QUIET` ports that no other process uses now, below those that the kernel hands out."""
    return _port_range(os.getpid())[0]
