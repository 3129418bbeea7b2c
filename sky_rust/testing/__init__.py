"""What proves that native and original are the same: for SkyPilot's CI as for ours.

`calls(name)` are the calls of a function that reach its types, edges and traps (Hypothesis strategies, so
`pip install 'sky-rust[verify]'`), and `assert_same_outcome` makes one call twice and compares all that can be observed.
"""

from __future__ import annotations

from sky_rust.testing._calls import Affinity, BusyPorts, Call, DescriptorLimit, Environ
from sky_rust.testing._outcome import Outcome, assert_same_outcome, observe

__all__ = [
    "Affinity",
    "BusyPorts",
    "Call",
    "DescriptorLimit",
    "Environ",
    "Outcome",
    "assert_same_outcome",
    "calls",
    "observe",
]


def __getattr__(name: str) -> object:
    if name != "calls":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from sky_rust.testing._strategies import calls
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            "sky_rust.testing.calls needs Hypothesis: pip install 'sky-rust[verify]'", name=error.name
        ) from None
    return calls
