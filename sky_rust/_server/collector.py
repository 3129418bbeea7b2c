"""Metrics for Prometheus: the fleet's counts. They are read when somebody asks; a call's cost stays as it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from sky_rust import _fleet, _process
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {
    "answers": "Calls that a native answered.",
    "declines": "Calls that a native left to the original.",
    "shadowed": "Calls in which shadow compared a native with the original.",
    "mismatches": "Compared calls in which a native differed from the original.",
    "moved": "Calls that shadow could not compare, since the world changed meanwhile.",
}


class FleetCollector:
    """Collects the counts of all processes of this host, with those that are gone: no sum ever falls."""

    def describe(self) -> Iterator[Any]:
        """The metrics, without samples: to register them, no process is asked."""
        for count in _fleet.COUNTS:
            yield CounterMetricFamily(f"sky_rust_{count}", _WORDS[count], labels=["function"])
        yield GaugeMetricFamily(
            "sky_rust_processes", "Processes in which a function has that backend.", labels=["function", "backend"]
        )

    def collect(self) -> Iterator[Any]:
        """The metrics as they are now. No label names a process: there would be ever more of them."""
        fleet = _fleet.read()
        *counts, processes = self.describe()
        for count, family in zip(_fleet.COUNTS, counts):
            for function in FUNCTIONS:
                family.add_metric([function.name], fleet.sums.get(function.name, {}).get(count, 0))
            yield family
        functions = [named for process in fleet.processes for named in process.functions.items()]
        numbers = Counter((name, one["backend"]) for name, one in functions)
        for function in FUNCTIONS:
            for backend in ("rust", "python"):
                processes.add_metric([function.name, backend], numbers[function.name, backend])
        yield processes


def register() -> None:
    """Has SkyPilot's server serve the metrics; once in a process. SkyPilot before 0.12 lets no plugin do that."""
    from sky.server import metrics

    add, state = getattr(metrics, "register_plugin_collector", None), _process.agent_state()
    if add is not None and not state.get("has_collector"):
        add(FleetCollector())
        state["has_collector"] = True
