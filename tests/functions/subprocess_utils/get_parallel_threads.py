"""Wrong natives of `get_parallel_threads`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.subprocess_utils"

FAULTS = (
    Fault("(cpus - 1).max(4)", "(cpus - 1).max(3)"),
    Fault('b"kubernetes"', 'b"kubernetez"'),
    Fault("cloud.ascii().or_decline()?", 'cloud.ascii().unwrap_or(b"")'),
)

CALL = Call(("aws",))

PATCHES: Patches = (
    ("os.cpu_count", replaced("os.cpu_count", lambda: 64)),
    ("os.cpu_count is unsure", replaced("os.cpu_count", lambda: None)),
    ("_get_thread_multiplier", replaced(f"{MODULE}._get_thread_multiplier", lambda cloud: 9)),
    ("max in the module", replaced(f"{MODULE}.max", lambda *a: 100, create=True)),
)
