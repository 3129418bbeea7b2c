"""Tests written the way SkyPilot's own unit tests are, with the values that they expect: they pass unchanged."""

from __future__ import annotations

import os
import socket
from unittest import mock

import pytest

import sky_rust
from sky_rust.utils import common_utils, subprocess_utils

pytestmark = pytest.mark.usefixtures("attached")


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CPU_CORE_LIMIT", "MEMORY_GB_LIMIT", "MEMORY_BYTES_LIMIT"):
        monkeypatch.delenv(f"SKYPILOT_POD_{name}", raising=False)


@mock.patch("psutil.cpu_count", return_value=8)
def test_cpus_of_the_machine(count: mock.Mock) -> None:
    with mock.patch("os.sched_getaffinity", return_value=set(range(8))):
        with mock.patch("sky.utils.common_utils._get_cgroup_cpu_limit", return_value=None):
            assert common_utils.get_cpu_count() == 8
    count.assert_called_once_with()


@mock.patch("psutil.cpu_count", return_value=8)
@mock.patch("os.sched_getaffinity", return_value={0, 1, 2, 3, 4, 5})
@pytest.mark.parametrize(("limit", "expected"), [(None, 6), (4.0, 4), (2.5, 2), (0.5, 0), (100.0, 6)])
def test_cpus_of_the_group(affinity: mock.Mock, count: mock.Mock, limit: float | None, expected: int) -> None:
    with mock.patch("sky.utils.common_utils._get_cgroup_cpu_limit", return_value=limit):
        assert common_utils.get_cpu_count() == expected
    affinity.assert_called_once_with(0)


def test_cpus_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    with mock.patch("psutil.cpu_count", return_value=16):
        with mock.patch("sky.utils.common_utils._get_cgroup_cpu_limit", return_value=None):
            assert common_utils.get_cpu_count() == 16


@pytest.mark.parametrize(("value", "expected"), [("4", 4), ("2.7", 2), ("0.5", 0)])
def test_cpus_of_the_environment(value: str, expected: int) -> None:
    with mock.patch.dict(os.environ, {"SKYPILOT_POD_CPU_CORE_LIMIT": value}):
        assert common_utils.get_cpu_count() == expected
    with mock.patch("os.getenv", side_effect=lambda name, default=None: value if "CPU" in name else default):
        assert common_utils.get_cpu_count() == expected


def test_cpus_of_a_bad_environment() -> None:
    with mock.patch.dict(os.environ, {"SKYPILOT_POD_CPU_CORE_LIMIT": "many"}):
        with pytest.raises(ValueError, match="Failed to parse the number of CPUs from many"):
            common_utils.get_cpu_count()


@pytest.mark.parametrize(
    ("content", "expected"), [("max 100000", 8), ("200000 100000", 2), ("50000 100000", 0), ("nonsense", 8)]
)
def test_cpus_of_a_mocked_file(content: str, expected: int) -> None:
    with (
        mock.patch("psutil.cpu_count", return_value=8),
        mock.patch("os.sched_getaffinity", return_value=set(range(8))),
        mock.patch("os.path.isfile", return_value=True),
        mock.patch("builtins.open", mock.mock_open(read_data=content)),
    ):
        assert common_utils.get_cpu_count() == expected


@pytest.mark.parametrize(("limit", "expected"), [(None, 16.0), (8 * 2**30, 8.0), (64 * 2**30, 16.0)])
def test_memory(limit: int | None, expected: float) -> None:
    with mock.patch("psutil.virtual_memory") as memory:
        memory.return_value.total = 16 * 2**30
        with mock.patch("sky.utils.common_utils._get_cgroup_memory_limit", return_value=limit):
            assert common_utils.get_mem_size_gb() == expected


def test_ports() -> None:
    with mock.patch("socket.socket") as made:
        made.return_value.__enter__.return_value.bind.side_effect = [OSError("busy"), OSError("busy"), None]
        assert common_utils.find_free_port(10000) == 10002
    with mock.patch.object(socket.socket, "bind", side_effect=OSError("busy"), create=True):
        with pytest.raises(OSError, match=r"No free ports available\."):
            common_utils.find_free_port(65500)


@pytest.mark.parametrize(
    ("cpus", "cloud", "expected"), [(8, None, 7), (2, "aws", 4), (16, "Kubernetes", 60), (None, "", 4)]
)
def test_threads(cpus: int | None, cloud: str | None, expected: int) -> None:
    with mock.patch("os.cpu_count", return_value=cpus):
        assert subprocess_utils.get_parallel_threads(cloud) == expected


def test_workers() -> None:
    with (
        mock.patch("resource.getrlimit", return_value=(1100, 4096)),
        mock.patch("os.path.isdir", return_value=True),
        mock.patch("os.listdir", return_value=["file"] * 20),
        mock.patch("sky.utils.subprocess_utils.get_parallel_threads", return_value=64),
    ):
        assert subprocess_utils.get_max_workers_for_file_mounts({"/a": "/b"}) == 10


def test_all_of_this_was_attached() -> None:
    assert {one.backend for one in sky_rust.status().values()} == {"rust"}
