"""The metrics that the server serves: the fleet's counts, registered once."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import prometheus_client
import pytest
import sky.server

from sky_rust import _fleet, _process
from sky_rust._registry import FUNCTIONS
from sky_rust._server import collector
from tests.rollout.conftest import process

if TYPE_CHECKING:
    from pathlib import Path


def text(registry: prometheus_client.CollectorRegistry) -> list[str]:
    """The samples, without comments."""
    lines = prometheus_client.generate_latest(registry).decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_to_register_asks_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fleet, "read", lambda: pytest.fail("the fleet was asked"))
    registry = prometheus_client.CollectorRegistry()
    registry.register(collector.FleetCollector())
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        registry.register(collector.FleetCollector())


def test_sums_over_processes_that_do_not_fall(home: Path) -> None:
    registry = prometheus_client.CollectorRegistry()
    registry.register(collector.FleetCollector())
    gone = process(hash_file={"answers": 3, "moved": 1})._replace(pid=2**22, start="1")
    _fleet.write(gone)
    _fleet.write(process(hash_file={"answers": 4, "mismatches": 2}, read_yaml={"backend": "python"}))
    for _ in range(2):
        found = text(registry)
        assert 'sky_rust_answers_total{function="hash_file"} 7.0' in found
        assert 'sky_rust_declines_total{function="hash_file"} 0.0' in found
        assert 'sky_rust_shadowed_total{function="hash_file"} 0.0' in found
        assert 'sky_rust_mismatches_total{function="hash_file"} 2.0' in found
        assert 'sky_rust_moved_total{function="hash_file"} 1.0' in found
        assert 'sky_rust_processes{backend="rust",function="hash_file"} 1.0' in found
        assert 'sky_rust_processes{backend="python",function="hash_file"} 0.0' in found
        assert 'sky_rust_processes{backend="python",function="read_yaml"} 1.0' in found
    # A number for each function, from the first moment on, whatever processes there are; and no label for these.
    assert len(found) == 7 * len(FUNCTIONS)
    assert not any("pid" in line for line in found)


def test_registered_once_where_skypilot_lets_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[Any] = []
    metrics = types.SimpleNamespace(register_plugin_collector=registered.append)
    state: dict[str, Any] = {}
    monkeypatch.setattr(_process, "agent_state", lambda: state)
    monkeypatch.setitem(sys.modules, "sky.server.metrics", metrics)
    monkeypatch.setattr(sky.server, "metrics", metrics, raising=False)
    collector.register()
    collector.register()
    assert [type(one) for one in registered] == [collector.FleetCollector]
    del metrics.register_plugin_collector
    state.clear()
    collector.register()  # SkyPilot 0.11
    assert len(registered) == 1
