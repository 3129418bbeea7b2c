"""Wrong natives of `format_float`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("value.abs() < EXACT", "value.abs() < 1e30"),
    Fault("value == 0.0 && value.is_sign_negative()", "false"),
    Fault("i32::try_from(precision).or_decline()?", "i32::try_from(precision.min(17)).or_decline()?"),
    Fault("value < 0.0", "value < -0.1"),
    Fault("rest == half && down & 1 == 1", "rest == half"),
    Fault("rest == half && down & 1 == 1", "rest == half && (down | 1) == 1"),
    Fault("rest == half && down & 1 == 1", "rest == half && (down ^ 1) == 1"),
    Fault("*shift < 128", "*shift <= 128"),
    Fault("rest > half", "rest >= half"),
)

CALL = Call((2.5,))

PATCHES: Patches = (
    ("a global hides isinstance", replaced(f"{MODULE}.isinstance", lambda *a: True, create=True)),
    ("a global hides str", replaced(f"{MODULE}.str", lambda *a: "x", create=True)),
)
