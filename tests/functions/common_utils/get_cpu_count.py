"""Wrong natives of `get_cpu_count`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, attribute, deleted, lazy_psutil, replaced, swapped

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("cpus::online().or_decline()?", "1"),
    Fault("cpus::affinity().or_decline()?", "i64::MAX"),
    Fault('"SKYPILOT_POD_CPU_CORE_LIMIT"', '"SKYPILOT_POD_CPU_LIMIT"'),
    Fault("number::parse_float(&limit).or_forget(py)?", "number::parse_float(&limit).unwrap_or(1.0)"),
)

CALL = Call()

PATCHES: Patches = (
    ("a bound method as __getitem__", replaced("os._Environ.__getitem__", {"x": 1}.__getitem__)),
    ("another helper", lambda: swapped(f"{MODULE}._cpu_count", f"{MODULE}._is_cgroup_v2")),
    ("os.environ.decodevalue", replaced("os.environ.decodevalue", lambda value: "9")),
    ("psutil.cpu_count", replaced("psutil.cpu_count", lambda: 1)),
    ("the lazy import's cpu_count", lambda: attribute(lazy_psutil(), "cpu_count", lambda: 1)),
    ("psutil in the module", replaced(f"{MODULE}.psutil", mock.Mock(cpu_count=lambda: 1))),
    ("psutil's platform", replaced("psutil._psplatform.cpu_count_logical", lambda: 1)),
    ("os.sysconf", replaced("os.sysconf", lambda name: 1)),
    ("no os.sched_getaffinity", lambda: deleted(os, "sched_getaffinity")),
    ("os.sched_getaffinity", replaced("os.sched_getaffinity", lambda pid: {0})),
    ("_get_cgroup_cpu_limit", replaced(f"{MODULE}._get_cgroup_cpu_limit", lambda: 1.5)),
    ("_is_cgroup_v2", replaced(f"{MODULE}._is_cgroup_v2", lambda: True)),
    ("_cpu_count", replaced(f"{MODULE}._cpu_count", lambda: 77)),
    ("os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
    ("os.environ", replaced("os.environ", {"SKYPILOT_POD_CPU_CORE_LIMIT": "5"})),
    ("os.environ.get", replaced("os.environ.get", lambda name, default=None: "6")),
    ("os._Environ.__getitem__", replaced("os._Environ.__getitem__", lambda self, name: "8")),
    ("builtins.open", replaced("builtins.open", new_callable=mock.mock_open, read_data="50000 100000")),
    ("os.path.isfile", replaced("os.path.isfile", lambda path: True)),
    ("os.stat", replaced("os.stat")),
    ("min in the module", replaced(f"{MODULE}.min", max, create=True)),
)
