"""Wrong natives of `get_max_workers_for_file_mounts`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.subprocess_utils"

FAULTS = (
    Fault("limit - RESERVED", "limit"),
    Fault("descriptors(py, source, path)?", "descriptors(py, source, path)? - 5"),
    Fault("unseen(py, arguments.snapshot())?", "()"),
)

CALL = Call(({"a": os.path.dirname(__file__)},))

PATCHES: Patches = (
    ("getrlimit", replaced("resource.getrlimit", lambda which: (2000, 2000))),
    ("os.listdir", replaced("os.listdir", lambda path: ["x"] * 10**6)),
    ("os.path.isdir", replaced("os.path.isdir", lambda path: False)),
    ("threads", replaced(f"{MODULE}.get_parallel_threads", lambda cloud: 1)),
    ("os.cpu_count", replaced("os.cpu_count", lambda: 640)),
    ("the logger", replaced(f"{MODULE}.logger", new_callable=mock.MagicMock)),
)
