"""Wrong natives of `get_cpu_count`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking, remembering
from tests.functions._patching import Patches, attribute, deleted, given_code, lazy_psutil, replaced, swapped

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("value", "cpus::online().or_decline()?", "1"),
    Fault("value", "cpus::affinity().or_decline()?", "i64::MAX"),
    Fault("value", '"SKYPILOT_POD_CPU_CORE_LIMIT"', '"SKYPILOT_POD_CPU_LIMIT"'),
    Fault("value", "number::parse_float(&limit).or_forget(py)?", "number::parse_float(&limit).unwrap_or(1.0)"),
    Fault(
        "rounding",
        "number::int_from_float(py, limit)",
        "number::int_from_float(py, limit.floor())",
        shows="SKYPILOT_POD_CPU_CORE_LIMIT=-1.5 is -1.",
    ),
    Fault(
        "rounding",
        "(quota as f64 / period as f64) as i64",
        "(quota as f64 / period as f64).ceil() as i64",
        "rust/src/host/cgroup.rs",
        "The control group allows one and a half of two CPUs.",
    ),
    Fault(
        "type",
        "Catches::OsOrValueError",
        "Catches::OsError",
        "rust/src/natives/common_utils/mod.rs",
        "An audit hook raises a ValueError at the control group's file: the original has no limit then.",
    ),
    Fault(
        "memory",
        "text::new_bytes(py, name.as_bytes())?",
        "pyo3::types::PyBytes::new(py, name.as_bytes()).into_any()",
        "rust/src/effects/environ.rs",
        "Memory runs out where the variable's name becomes bytes: the native panics, and is off from then on.",
    ),
    Fault(
        "errno",
        "retry(|| rustix::io::read(file, spare_capacity(all)))?",
        "rustix::io::read(file, spare_capacity(all))?",
        "rust/src/host/files.rs",
        "A signal interrupts the read of the control group's file, which has a limit below the machine's CPUs.",
        unseen="a cgroup file is never slow enough for a signal to interrupt its read",
    ),
    Fault(
        "world",
        "rustix::thread::sched_getaffinity(None)",
        "rustix::thread::sched_getaffinity(Some(rustix::process::getpid()))",
        "rust/src/host/cpus.rs",
        "A second thread, with an affinity of its own.",
    ),
    Fault(
        "world",
        "!context.is_none()",
        "false",
        "rust/src/effects/environ.rs",
        "A SkyPilot request, whose own environment sets or deletes the limit.",
    ),
    Fault(
        "flag",
        "libc::_SC_NPROCESSORS_ONLN",
        "libc::_SC_NPROCESSORS_CONF",
        "rust/src/host/cpus.rs",
        "A machine some of whose CPUs are offline: /sys/devices/system/cpu/online says 0, and there are cpu0 and cpu1.",
    ),
    Fault(
        "cache",
        "cpus::affinity().or_decline()?",
        remembering("cpus::affinity().or_decline()?", "i64"),
        shows="The affinity changes between two calls.",
    ),
    Fault(
        "cache",
        "cgroup::cpu_limit().or_decline()?",
        "static FIRST: std::sync::OnceLock<Option<i64>> = std::sync::OnceLock::new(); "
        "let it = cgroup::cpu_limit().or_decline()?; "
        "cgroup::Limit { files: it.files, value: *FIRST.get_or_init(|| it.value) }",
        shows="The control group's limit changes between two calls: a pod is resized.",
    ),
    forgotten("_is_cgroup_v2", "The helper _is_cgroup_v2 is replaced."),
    forgotten("len", "A global of the module hides len."),
    Fault(
        "event",
        "unless_forbidden(py, cgroup::cpu_limit().or_decline()?)?",
        "cgroup::cpu_limit().or_decline()?.value",
        shows="An audit hook hears of no opening.",
    ),
    Fault(
        "event",
        "// There is no limit, so the period isn't looked at.\n        return Ok(Limit { files: V1, value: None })",
        "return Ok(Limit { files: &V1[..1], value: None })",
        "rust/src/host/cgroup.rs",
        "A control group, version 1, without a limit: an audit hook hears of the quota's file, not of the period's.",
    ),
    Fault(
        "event",
        "audit_open_own(py, path)",
        "audit_open_own(py, path).and_then(|()| audit_open_own(py, path))",
        "rust/src/natives/common_utils/mod.rs",
        "An audit hook hears of each opening twice.",
    ),
    Fault(
        "memory",
        "number::parse_float(&limit)",
        "std::mem::forget(limit.clone()); number::parse_float(&limit)",
        shows="With SKYPILOT_POD_CPU_CORE_LIMIT, each call leaves a str.",
    ),
    Fault(
        "reference",
        "item(dict(&data)?, &text::new_bytes(py, name.as_bytes())?)?",
        leaking("item(dict(&data)?, &text::new_bytes(py, name.as_bytes())?)?"),
        "rust/src/effects/environ.rs",
        "With SKYPILOT_POD_CPU_CORE_LIMIT, each call leaves one reference to its value in os.environ._data.",
        unseen="references to the values in os.environ are not counted",
    ),
    Fault(
        "descriptor",
        "open_kernels(path)?",
        "let it = open_kernels(path)?; std::mem::forget(it.try_clone()); it",
        "rust/src/host/files.rs",
        "Each call leaves the control group's file open.",
    ),
)

CALL = Call()

PATCHES: Patches = (
    ("a bound method as __getitem__", replaced("os._Environ.__getitem__", {"x": 1}.__getitem__)),
    ("another helper's code", lambda: given_code(f"{MODULE}._cpu_count", f"{MODULE}._is_cgroup_v2")),
    ("another helper", lambda: swapped(f"{MODULE}._cpu_count", f"{MODULE}._is_cgroup_v2")),
    ("os.environ.decodevalue", replaced("os.environ.decodevalue", lambda value: "9")),
    ("psutil.cpu_count", replaced("psutil.cpu_count", lambda: 1)),
    ("the lazy import's cpu_count", lambda: attribute(lazy_psutil(), "cpu_count", lambda: 1)),
    ("psutil in the module", replaced(f"{MODULE}.psutil", mock.Mock(cpu_count=lambda: 1))),
    ("psutil's platform", replaced("psutil._psplatform.cpu_count_logical", lambda: 1)),
    ("os.sysconf", replaced("os.sysconf", lambda name: 1)),
    ("no os.sched_getaffinity", lambda: deleted(os, "sched_getaffinity")),
    ("os.sched_getaffinity", replaced("os.sched_getaffinity", lambda pid: {0})),
    ("_get_cgroup_cpu_limit", replaced(f"{MODULE}._get_cgroup_cpu_limit", lambda: 1.5)),
    ("_is_cgroup_v2", replaced(f"{MODULE}._is_cgroup_v2", lambda: True)),
    ("_cpu_count", replaced(f"{MODULE}._cpu_count", lambda: 77)),
    ("os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
    ("os.environ", replaced("os.environ", {"SKYPILOT_POD_CPU_CORE_LIMIT": "5"})),
    ("os.environ.get", replaced("os.environ.get", lambda name, default=None: "6")),
    ("os._Environ.__getitem__", replaced("os._Environ.__getitem__", lambda self, name: "8")),
    ("builtins.open", replaced("builtins.open", new_callable=mock.mock_open, read_data="50000 100000")),
    ("os.path.isfile", replaced("os.path.isfile", lambda path: True)),
    ("os.stat", replaced("os.stat")),
    ("min in the module", replaced(f"{MODULE}.min", max, create=True)),
)
