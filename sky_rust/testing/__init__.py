"""The tools that prove native and original the same, for SkyPilot's CI as for ours.

`calls(name)` are the calls of a function that reach its types, edges and traps, `candidate(name)` is the function with
its native on it, `assert_same_outcome` makes one call twice and compares all that can be observed, and `verify(name)`
does all of that for many calls. (The calls are Hypothesis strategies: `pip install 'sky-rust[verify]'`.)
"""

from __future__ import annotations

from sky_rust import _requirements
from sky_rust.testing._calls import Call
from sky_rust.testing._loggers import Logger
from sky_rust.testing._namespace import enter as other_machine
from sky_rust.testing._outcome import MismatchError, Outcome, observe
from sky_rust.testing._places import Directory, File, Log, Missing, Noise, Pieces, Sparse, Unreadable
from sky_rust.testing._same import assert_same_outcome
from sky_rust.testing._supervision import At, Meanwhile
from sky_rust.testing._worlds import (
    Affinity,
    BusyPorts,
    CallsLeft,
    Clock,
    DescriptorLimit,
    Environ,
    Extended,
    KernelFiles,
    OnEvent,
    Registered,
    Replaced,
    Request,
    Spied,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sky_rust._record import Verdict
    from sky_rust.testing._functions import calls
    from sky_rust.testing._verify import candidate, verify

__all__ = [
    "Affinity",
    "At",
    "BusyPorts",
    "Call",
    "CallsLeft",
    "Clock",
    "DescriptorLimit",
    "Directory",
    "Environ",
    "Extended",
    "File",
    "KernelFiles",
    "Log",
    "Logger",
    "Meanwhile",
    "MismatchError",
    "Missing",
    "Noise",
    "OnEvent",
    "Outcome",
    "Pieces",
    "Registered",
    "Replaced",
    "Request",
    "Sparse",
    "Spied",
    "Unreadable",
    "Verdict",
    "assert_same_outcome",
    "calls",
    "candidate",
    "observe",
    "other_machine",
    "verify",
]


def __getattr__(name: str) -> object:
    # Modules that need Hypothesis are imported when a name of theirs is first used.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from sky_rust.testing import _functions, _verify
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        message = _requirements.sentence(f"sky_rust.testing.{name}", ["Hypothesis"], "verify")
        raise ModuleNotFoundError(message, name=error.name) from None
    return getattr(_functions if name == "calls" else _verify, name)
