"""Wrong natives of `human_duration`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, remembering
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.log_utils"

FAULTS = (
    Fault("edge", "start <= 0", "start < 0"),
    Fault("value", "seconds % 60", "seconds % 61"),
    Fault("value", "minutes % 60", "minutes % 59"),
    Fault("value", "hours % 24", "hours % 23"),
    Fault("value", "days % 365", "days % 364"),
    Fault("value", "now as i64", "now as i64 + 3600"),
    Fault(
        "edge",
        "small == 0",
        "small <= 1",
        shows="One more second, minute, hour or day than a whole number.",
    ),
    Fault(
        "size",
        "only_if(seconds < EXACT)?",
        "()",
        shows="Python rounds the quotient of the int: human_duration(1, 5_552_395_768_668_095_701).",
    ),
    Fault(
        "size",
        "end.checked_sub(start).or_decline()?",
        "end.wrapping_sub(start)",
        shows="human_duration(2**63 - 1, -(2**63)), whose difference has 65 bits.",
    ),
    Fault("rounding", "hours as f64 / 24.0 / 365.0", "hours as f64 / 24.0 / 365.25"),
    Fault(
        "rounding",
        "now as i64",
        "now.round() as i64",
        shows="time.time() ends in .7, and the duration is one second below a unit.",
    ),
    Fault(
        "type",
        "arguments.optional_int(0)?",
        "match arguments.float(0) { Some(it) => Some(it as i64), None => arguments.optional_int(0)? }",
        shows="human_duration(1.5, 7): the shortest durations are printed as they are.",
    ),
    Fault(
        "type",
        "arguments.optional_int(1)?",
        "match arguments.float(1) { Some(it) => Some(it as i64), None => arguments.optional_int(1)? }",
        shows="human_duration(1, 7.5): the shortest durations are printed as they are.",
    ),
    Fault(
        "world",
        "number::float(&object::call(&arguments.kept(&CLOCK)?)?).or_decline()?",
        "std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).or_decline()?.as_secs_f64()",
        shows="A library that stops time has replaced the C function inside time.time, as time-machine does.",
    ),
    Fault(
        "cache",
        "number::float(&object::call(&arguments.kept(&CLOCK)?)?).or_decline()?",
        remembering("number::float(&object::call(&arguments.kept(&CLOCK)?)?).or_decline()?", "f64"),
        shows="Two calls without an end, some seconds apart, of a start shortly before.",
    ),
    forgotten("int", "A global of the module hides int."),
    Fault(
        "memory",
        "in_words(seconds)",
        leaking("in_words(seconds)"),
        shows="Each call leaves a few bytes.",
    ),
    Fault(
        "reference",
        "arguments.kept(&CLOCK)?",
        leaking("arguments.kept(&CLOCK)?"),
        shows="Each call without an end leaves one reference to time.time.",
    ),
)

CALL = Call((1_000_000_000,))

PATCHES: Patches = (
    ("time.time", replaced("time.time", lambda: 1_000_000_125.7)),
    ("time in the module", replaced(f"{MODULE}.time.time", lambda: 1_000_086_401.0)),
    ("int in the module", replaced(f"{MODULE}.int", lambda number: 7, create=True)),
)
