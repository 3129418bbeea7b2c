"""Wrong natives of `get_mem_size_gb`, and patches of what it looks up."""

from __future__ import annotations

from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, remembering
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("value", '("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.0)', '("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.024)'),
    Fault("value", "limit.map_or(total, |limit| limit.min(total)) as f64", "(total - 1024) as f64"),
    Fault("value", 'name!(py, "_TOTAL_PHYMEM")', 'name!(py, "_TOTAL")'),
    Fault(
        "edge",
        "Some(number(text)?).filter(|&limit| limit > 0)",
        "Some(number(text)?)",
        "rust/src/host/cgroup.rs",
        "The control group's limit is 0, which the original takes for none.",
    ),
    Fault(
        "size",
        "value.checked_mul(1024)?",
        "u64::from(value as u32) * 1024",
        "rust/src/host/meminfo.rs",
        "A /proc/meminfo with 4 TiB or more.",
    ),
    Fault(
        "rounding",
        "limit.map_or(total, |limit| limit.min(total)) as f64",
        "limit.map_or(total, |limit| limit.min(total)) as f32 as f64",
        shows="A total whose kB have more than 24 bits, the last of them set: 24683657 kB in /proc/meminfo.",
        unseen="few totals have so many bits",
    ),
    Fault(
        "encoding",
        "text::decode_fs(py, value.as_bytes())",
        'text::decode_utf8(py, value.as_bytes(), c"ignore")',
        "rust/src/effects/environ.rs",
        r"SKYPILOT_POD_MEMORY_GB_LIMIT is '2\udcff', which is no number.",
        unseen="no variable of the suite has a surrogate in it",
    ),
    Fault(
        "errno",
        "meminfo::total().or_decline()?",
        "meminfo::total().unwrap_or(8 << 30)",
        shows="/proc/meminfo can't be opened: there is no descriptor left.",
    ),
    Fault(
        "world",
        "retry(|| rustix::io::read(file, spare_capacity(all)))? == 0",
        "let room = all.capacity() - all.len(); retry(|| rustix::io::read(file, spare_capacity(all)))? < room",
        "rust/src/host/files.rs",
        "memory.max comes in two reads, as from a file system in user space: '1073', and then '741824'.",
        unseen="only a file system in user space gives the file in two reads",
    ),
    Fault(
        "cache",
        "meminfo::total().or_decline()?",
        remembering("meminfo::total().or_decline()?", "u64"),
        shows="/proc/meminfo has another total in the second call: a container is resized.",
    ),
    Fault(
        "cache",
        "int(&before).is_some() && int(&before) == int(value)",
        "int(&before).is_some()",
        "rust/src/cpython/object.rs",
        "psutil._TOTAL_PHYMEM is another number before the call.",
    ),
    forgotten("_mem_size_gb", "The helper _mem_size_gb is replaced."),
    forgotten(
        "psutil._psplatform.open_binary.@.open",
        "A global of psutil._common hides open.",
        unseen="what psutil's functions look up is not spied on: tests/worlds/test_patches.py does",
    ),
    Fault(
        "event",
        "audit_open_own(py, meminfo::PATH)?",
        "()",
        shows="An audit hook hears of the control group's file, and not of /proc/meminfo.",
    ),
    Fault(
        "event",
        "audit_open_own(py, meminfo::PATH)?",
        "audit_open_own(py, meminfo::PATH)?; audit_open_own(py, meminfo::PATH)?",
        shows="An audit hook hears of /proc/meminfo twice.",
    ),
    Fault(
        "memory",
        "files::read_small(PATH).ok()?",
        "files::read_small(PATH).ok()?.leak().to_vec()",
        "rust/src/host/meminfo.rs",
        "Each call leaves the buffer of /proc/meminfo, 8 KiB.",
    ),
    Fault(
        "reference",
        "arguments.kept(&VIRTUAL_MEMORY)?",
        leaking("arguments.kept(&VIRTUAL_MEMORY)?"),
        shows="Each call leaves one reference to psutil.virtual_memory.",
    ),
    Fault(
        "descriptor",
        "files::read_small(PATH).ok()?",
        "std::mem::forget(files::open_kernels(PATH)); files::read_small(PATH).ok()?",
        "rust/src/host/meminfo.rs",
        "Each call leaves /proc/meminfo open.",
    ),
)

CALL = Call()

PATCHES: Patches = (
    ("psutil.virtual_memory", replaced("psutil.virtual_memory", lambda: mock.Mock(total=2**31))),
    ("PROCFS_PATH", replaced("psutil.PROCFS_PATH", "/proc/nonexistent")),
    ("psutil's platform", replaced("psutil._psplatform.virtual_memory", lambda: mock.Mock(total=7))),
    ("_get_cgroup_memory_limit", replaced(f"{MODULE}._get_cgroup_memory_limit", lambda: 2**30)),
    ("_mem_size_gb", replaced(f"{MODULE}._mem_size_gb", lambda: 0.5)),
    ("os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
)
