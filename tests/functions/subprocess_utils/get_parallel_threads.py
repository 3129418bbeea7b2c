"""Wrong natives of `get_parallel_threads`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, remembering
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.subprocess_utils"

FAULTS = (
    Fault("edge", "(cpus - 1).max(4)", "(cpus - 1).max(3)"),
    Fault("value", 'b"kubernetes"', 'b"kubernetez"'),
    Fault(
        "size",
        "(cpus - 1).max(4)",
        "(cpus - 1).clamp(4, 64)",
        shows="A machine with more than 65 CPUs.",
    ),
    Fault("encoding", "cloud.ascii().or_decline()?", 'cloud.ascii().unwrap_or(b"")'),
    Fault(
        "encoding",
        'cloud.ascii().or_decline()?.eq_ignore_ascii_case(b"kubernetes")',
        'crate::cpython::text::utf8(&cloud.itself()).or_decline()?.to_uppercase() == "KUBERNETES"',
        shows=r"'kubernete\u017f', whose lower case is itself, and whose upper case is not.",
    ),
    Fault(
        "encoding",
        'cloud.ascii().or_decline()?.eq_ignore_ascii_case(b"kubernetes")',
        'cloud.ascii().or_decline()?.trim_ascii().eq_ignore_ascii_case(b"kubernetes")',
        shows="'kubernetes ' is another cloud.",
    ),
    Fault(
        "type",
        "object.cast_exact::<PyString>().ok().map(Self)",
        "object.cast::<PyString>().ok().map(Self)",
        "rust/src/cpython/text.rs",
        "A subclass of str has a lower() of its own.",
        unseen="no call of the suite has been seen to show it",
    ),
    Fault(
        "world",
        "number::int(&object::call(&arguments.kept(&CPU_COUNT)?)?).or_decline()?",
        "crate::host::cpus::affinity().or_decline()?",
        shows="A machine with six CPUs or more, of which the process may use fewer.",
    ),
    Fault(
        "cache",
        "number::int(&object::call(&arguments.kept(&CPU_COUNT)?)?).or_decline()?",
        remembering("number::int(&object::call(&arguments.kept(&CPU_COUNT)?)?).or_decline()?", "i64"),
        shows="A machine with six CPUs or more, some of which go offline between two calls.",
    ),
    forgotten("_get_thread_multiplier", "The helper _get_thread_multiplier is replaced."),
    forgotten("max", "A global of the module hides max."),
    Fault(
        "memory",
        'cloud.ascii().or_decline()?.eq_ignore_ascii_case(b"kubernetes")',
        'cloud.ascii().or_decline()?.to_ascii_lowercase().leak() == b"kubernetes"',
        shows="Each call with a cloud leaves its name.",
    ),
    Fault(
        "reference",
        "arguments.kept(&CPU_COUNT)?",
        leaking("arguments.kept(&CPU_COUNT)?"),
        shows="Each call leaves one reference to os.cpu_count.",
    ),
)

CALL = Call(("aws",))

PATCHES: Patches = (
    ("os.cpu_count", replaced("os.cpu_count", lambda: 64)),
    ("os.cpu_count is unsure", replaced("os.cpu_count", lambda: None)),
    ("_get_thread_multiplier", replaced(f"{MODULE}._get_thread_multiplier", lambda cloud: 9)),
    ("max in the module", replaced(f"{MODULE}.max", lambda *a: 100, create=True)),
)
