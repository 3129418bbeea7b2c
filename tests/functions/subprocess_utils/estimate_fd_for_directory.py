"""Wrong natives of `estimate_fd_for_directory`, and patches of what it looks up."""

from __future__ import annotations

import os

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced, swapped

FAULTS = (
    Fault("entries as i64 * AN_ENTRY", "entries as i64"),
    Fault("files::is_directory(&stat)", "true"),
    Fault("Some(source)", "None"),
)

CALL = Call((os.path.dirname(__file__),))

PATCHES: Patches = (
    ("another of os.path's", lambda: swapped("os.path.isdir", "os.path.exists")),
    ("os.listdir", replaced("os.listdir", lambda path: ["x"] * 9)),
    ("os.path.isdir", replaced("os.path.isdir", lambda path: False)),
)
