"""Wrong natives of `get_max_workers_for_file_mounts`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, remembering
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.subprocess_utils"

ESTIMATE = "rust/src/natives/subprocess_utils/estimate_fd_for_directory.rs"

FAULTS = (
    Fault("value", "limit - RESERVED", "limit"),
    Fault("value", "descriptors(py, source, path)?", "descriptors(py, source, path)? - 5"),
    Fault(
        "edge", "limit >= LOW", "limit >= LOW - 1", shows="A limit of 1023 descriptors, about which the original warns."
    ),
    Fault(
        "rounding",
        "(limit - RESERVED) / most",
        "((limit - RESERVED) as f64 / most as f64).round() as i64",
        shows="A limit that is more than half of one worker's descriptors above a whole number of workers.",
    ),
    Fault(
        "type",
        "dict.cast_exact::<PyDict>().or_decline()?",
        "dict.cast::<PyDict>().or_decline()?",
        "rust/src/dispatch/arguments.rs",
        "A subclass of dict, such as OrderedDict: its length is taken for none.",
    ),
    Fault(
        "errno",
        "files::count_entries(directory?)",
        "directory.map_or_else(|error| if error == rustix::io::Errno::ACCESS { Ok(0) } else { Err(error) }, "
        "files::count_entries)",
        ESTIMATE,
        "A directory that may not be read (EACCES at its opening): for anybody but root.",
    ),
    Fault(
        "world",
        "arguments.dict_len(0) != sources.len()",
        "false",
        shows="The dict grows or shrinks while a directory is listed: by an audit hook, or another thread.",
    ),
    Fault(
        "world",
        "arguments.dict_len(0) != sources.len()",
        "arguments.dict_len(0) != sources.len() && !std::ptr::eq(source, &sources[sources.len() - 1].0)",
        shows="The dict grows or shrinks while its last directory is listed.",
    ),
    Fault(
        "flag",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK",
        "OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK",
        "rust/src/host/files.rs",
        "A program that another thread starts meanwhile has the directory.",
    ),
    Fault(
        "cache",
        "getrlimit(Resource::Nofile).current.or_decline()?",
        remembering("getrlimit(Resource::Nofile).current.or_decline()?", "u64"),
        shows="The limit of descriptors changes between two calls.",
    ),
    Fault("guard", "unseen(py, arguments.snapshot())?", "()", shows="Somebody sees the record at the end."),
    forgotten("resource.getrlimit", "resource.getrlimit is replaced."),
    forgotten("get_parallel_threads", "The helper get_parallel_threads is replaced."),
    Fault("event", "audit_listdir(source)?", "()", ESTIMATE, "An audit hook hears of no os.listdir."),
    Fault(
        "memory",
        "with_path(value)?",
        "let (source, path) = with_path(value)?; std::mem::forget(std::hint::black_box(path.clone())); (source, path)",
        shows="Each mount leaves its path.",
    ),
    Fault(
        "reference",
        "with_path(value)?",
        "std::mem::forget(value.clone()); with_path(value)?",
        shows="Each call, declined ones included, leaves one reference to each source.",
    ),
    Fault(
        "descriptor",
        "Dir::new(directory)?",
        "std::mem::forget(directory.try_clone()); Dir::new(directory)?",
        "rust/src/host/files.rs",
        "Each directory stays open.",
    ),
    Fault(
        "signal",
        "signals::handle_signals(py)?",
        "()",
        shows="Hundreds of large directories: the handler runs after the last one.",
    ),
    Fault(
        "GIL",
        "signals::released(py, || files::count_entries(directory?))",
        "(|| files::count_entries(directory?))()",
        ESTIMATE,
        "A directory with a million entries, or on a slow disk.",
    ),
)

CALL = Call(({"a": os.path.dirname(__file__)},))

PATCHES: Patches = (
    ("getrlimit", replaced("resource.getrlimit", lambda which: (2000, 2000))),
    ("os.listdir", replaced("os.listdir", lambda path: ["x"] * 10**6)),
    ("os.path.isdir", replaced("os.path.isdir", lambda path: False)),
    ("threads", replaced(f"{MODULE}.get_parallel_threads", lambda cloud: 1)),
    ("os.cpu_count", replaced("os.cpu_count", lambda: 640)),
    ("the logger", replaced(f"{MODULE}.logger", new_callable=mock.MagicMock)),
)
