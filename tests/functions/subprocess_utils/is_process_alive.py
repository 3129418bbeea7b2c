"""Wrong natives of `is_process_alive`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced, swapped

FAULTS = (
    Fault("edge", "pid > 0", "true"),
    Fault(
        "value",
        "files::open_kernels(&path)",
        'files::open_kernels(&CString::new(format!("/proc/{}/stat", pid / 2 * 2)).unwrap())',
    ),
    Fault(
        "size",
        "number::new_bool(arguments.py(), alive)",
        "number::new_bool(arguments.py(), alive || pid > 4194304)",
    ),
    Fault(
        "size",
        "i32::try_from(arguments.int(0)?).or_decline()?",
        "arguments.int(0)? as i32",
        shows="2**32 + 1 is taken for 1.",
    ),
    Fault(
        "errno",
        "return Err(Stop::Decline)",
        "false",
        shows="/proc/<pid>/stat can't be opened for another reason than that it isn't there: no descriptor is left.",
    ),
    Fault(
        "world",
        "files::open_kernels(&path)",
        "match rustix::process::test_kill_process(rustix::process::Pid::from_raw(pid).unwrap()) "
        '{ Err(Errno::SRCH) => Err(Errno::NOENT), _ => files::open_kernels(c"/proc/self/stat") }',
        shows="A /proc of another PID namespace: unshare --pid --fork.",
    ),
    Fault(
        "flag",
        "rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())",
        "rustix::fs::open(path, OFlags::RDONLY, Mode::empty())",
        "rust/src/host/files.rs",
        "A program that another thread starts meanwhile has the file.",
    ),
    Fault(
        "cache",
        "number::new_bool(arguments.py(), alive)",
        "static SEEN: std::sync::Mutex<std::collections::BTreeSet<i32>> = "
        "std::sync::Mutex::new(std::collections::BTreeSet::new()); let mut seen = SEEN.lock().unwrap(); "
        "if alive { seen.insert(pid); } number::new_bool(arguments.py(), seen.contains(&pid))",
        shows="Two calls, and between them the process ends.",
    ),
    forgotten(
        "psutil.PROCFS_PATH",
        "psutil.PROCFS_PATH is another folder.",
    ),
    forgotten(
        "psutil._psplatform.bcat.@.open",
        "A global of psutil._common hides open.",
        unseen="what psutil's functions look up is not spied on: tests/worlds/test_patches.py does",
    ),
    Fault("event", "0..2", "0..1", shows="An audit hook hears of one opening, and not of two."),
    Fault("event", "0..2", "0..3", shows="An audit hook hears of three openings, and not of two."),
    Fault(
        "memory",
        'CString::new(format!("/proc/{pid}/stat")).or_decline()?',
        leaking('CString::new(format!("/proc/{pid}/stat")).or_decline()?'),
        shows="Each call leaves a path.",
    ),
    Fault(
        "reference",
        "arguments.int(0)?",
        "std::mem::forget(arguments.object(0).to_owned()); arguments.int(0)?",
        shows="Each call leaves one reference to the number.",
    ),
    Fault(
        "descriptor",
        "files::open_kernels(&path)",
        "files::open_kernels(&path).inspect(|it| std::mem::forget(it.try_clone()))",
        shows="Each call for a process that is there leaves a file open.",
    ),
    Fault(
        "signal",
        "signals::handle_signals(arguments.py())?",
        "()",
        shows="A handler's exception is taken for an audit hook's, and lost: it comes while a hook in Python runs.",
        unseen="no signal comes while a hook in Python runs",
    ),
)

CALL = Call((os.getpid(),))

PATCHES: Patches = (
    ("another method", lambda: swapped("psutil.Process.is_running", "psutil.Process.parent")),
    ("os.path.exists", replaced("os.path.exists", lambda path: True)),
    ("psutil.Process", replaced("psutil.Process", mock.Mock(return_value=mock.Mock(is_running=bool)))),
    ("is_running", replaced("psutil.Process.is_running", lambda self: False)),
    ("PROCFS_PATH", replaced("psutil.PROCFS_PATH", "/proc/nonexistent")),
    ("create_time", replaced("psutil._psplatform.Process.create_time", lambda *a, **k: id(a[0]))),
)
