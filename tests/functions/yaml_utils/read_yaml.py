"""Wrong natives of `read_yaml`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call, File
from tests.functions._faults import Fault, forgotten
from tests.functions._patching import Patches, replaced

_SOURCE = "rust/src/natives/yaml_utils/source.rs"

FAULTS = (
    Fault(
        "event",
        "source_of_file(&bytes)?",
        "{ audit_open(&path.itself())?; source_of_file(&bytes)? }",
        shows="An audit hook hears of two files that are opened.",
    ),
    Fault(
        "encoding",
        "std::str::from_utf8(bytes).or_decline()?",
        "std::str::from_utf8(bytes).unwrap_or_default()",
        _SOURCE,
    ),
    Fault(
        "errno",
        "raise_os_error(py, error, None)",
        "raise_os_error(py, rustix::io::Errno::IO, None)",
        shows="The file is a directory by now.",
    ),
    Fault(
        "event",
        "audit_open(&path.itself())?;\n    Ok(document)",
        "Ok(document)",
        shows="An audit hook hears of no file that is opened.",
    ),
    Fault(
        "descriptor",
        "files::open_regular(&encoded)",
        "files::open_regular(&encoded).inspect(|it| std::mem::forget(it.as_ref().map(|it| it.0.try_clone())))",
        shows="Each call leaves a file open.",
    ),
    Fault(
        "memory",
        "files::read_to_end(&file, &mut bytes)",
        "{ let result = files::read_to_end(&file, &mut bytes); "
        "std::mem::forget(std::hint::black_box(bytes.clone())); result }",
        shows="Each call leaves the file's content.",
    ),
    forgotten("open", "A global of the module hides open."),
    forgotten("safe_load", "The helper safe_load is replaced."),
)

CALL = Call((File(b"a: 1\n"),))

PATCHES: Patches = (
    ("safe_load", replaced("sky.utils.yaml_utils.safe_load")),
    ("open in the module", replaced("sky.utils.yaml_utils.open", open, create=True)),
    ("open of builtins", replaced("builtins.open")),
    ("load", replaced("yaml.load")),
)
