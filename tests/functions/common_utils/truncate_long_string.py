"""Wrong natives of `truncate_long_string`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("string.len() <= most", "string.len() < most"),
    Fault("letters >= most", "letters > most"),
    Fault("kept.div_ceil(2)", "kept / 2"),
    Fault("start.saturating_sub(1)", "start"),
)

CALL = Call(("word " * 20,))

PATCHES: Patches = (
    ("a global hides len", replaced(f"{MODULE}.len", lambda s: 10**6, create=True)),
    ("a global hides enumerate", replaced(f"{MODULE}.enumerate", lambda s: [(1, "")], create=True)),
)
