"""Wrong natives of `get_mem_size_gb`, and patches of what it looks up."""

from __future__ import annotations

from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault('("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.0)', '("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.024)'),
    Fault("limit.map_or(total, |limit| limit.min(total)) as f64", "(total - 1024) as f64"),
    Fault('pyo3::intern!(py, "_TOTAL_PHYMEM")', 'pyo3::intern!(py, "_TOTAL")'),
)

CALL = Call()

PATCHES: Patches = (
    ("psutil.virtual_memory", replaced("psutil.virtual_memory", lambda: mock.Mock(total=2**31))),
    ("PROCFS_PATH", replaced("psutil.PROCFS_PATH", "/proc/nonexistent")),
    ("psutil's platform", replaced("psutil._psplatform.virtual_memory", lambda: mock.Mock(total=7))),
    ("_get_cgroup_memory_limit", replaced(f"{MODULE}._get_cgroup_memory_limit", lambda: 2**30)),
    ("_mem_size_gb", replaced(f"{MODULE}._mem_size_gb", lambda: 0.5)),
    ("os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
)
