"""Wrong natives of `human_duration`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.log_utils"

FAULTS = (
    Fault("start <= 0", "start < 0"),
    Fault("seconds % 60", "seconds % 61"),
    Fault("minutes % 60", "minutes % 59"),
    Fault("hours % 24", "hours % 23"),
    Fault("days % 365", "days % 364"),
    Fault("hours as f64 / 24.0 / 365.0", "hours as f64 / 24.0 / 365.25"),
    Fault("now as i64", "now as i64 + 3600"),
)

CALL = Call((1_000_000_000,))

PATCHES: Patches = (
    ("time.time", replaced("time.time", lambda: 1_000_000_125.7)),
    ("time in the module", replaced(f"{MODULE}.time.time", lambda: 1_000_086_401.0)),
    ("int in the module", replaced(f"{MODULE}.int", lambda number: 7, create=True)),
)
