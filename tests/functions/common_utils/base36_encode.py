"""Wrong natives of `base36_encode`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("nibbles >> 4", "nibbles >> 5"),
    Fault("9 * (eight >> 6 & 0x0101_0101_0101_0101)", "9 * (eight >> 5 & 0x0101_0101_0101_0101)"),
    Fault("hex.rchunks(8)", "hex.rchunks(7)"),
    Fault("digits[1..].iter().rev()", "digits[..].iter().rev()"),
    Fault("value % DIVISOR", "value % (DIVISOR - 1)"),
)

CALL = Call(("ff",))

PATCHES: Patches = (
    ("a global hides divmod", replaced(f"{MODULE}.divmod", lambda a, b: (0, 7), create=True)),
    ("a global hides int", replaced(f"{MODULE}.int", lambda *a: 35, create=True)),
    ("builtins.divmod", replaced("builtins.divmod", lambda a, b: (0, 7))),
)
