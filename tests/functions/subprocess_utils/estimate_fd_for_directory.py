"""Wrong natives of `estimate_fd_for_directory`, and patches of what it looks up."""

from __future__ import annotations

import os

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, replaced, swapped

FILES = "rust/src/host/files.rs"

FAULTS = (
    Fault("value", "entries as i64 * AN_ENTRY", "entries as i64"),
    Fault("value", "files::is_directory(&stat)", "true"),
    Fault("value", "Some(source)", "None"),
    Fault(
        "edge",
        '!matches!(entry?.file_name().to_bytes(), b"." | b"..")',
        'let entry = entry?; let name = entry.file_name().to_bytes(); name != b"." && !name.starts_with(b"..")',
        FILES,
        "Files whose names begin with two dots: '..data', as Kubernetes names what a ConfigMap's files point to.",
    ),
    Fault(
        "size",
        "entries as i64 * AN_ENTRY",
        "i64::from(entries as u16) * AN_ENTRY",
        shows="A directory with 65,536 entries or more.",
        unseen="a directory of 65,536 entries takes seconds to make",
    ),
    Fault(
        "encoding",
        '!matches!(entry?.file_name().to_bytes(), b"." | b"..")',
        'entry?.file_name().to_str().is_ok_and(|name| name != "." && name != "..")',
        FILES,
        r"A file whose name is no UTF-8: b'\xff'.",
    ),
    Fault(
        "errno",
        "files::count_entries(directory?)",
        "directory.map_or_else(|error| if error == rustix::io::Errno::MFILE { Ok(0) } else { Err(error) }, "
        "files::count_entries)",
        shows="There is no descriptor left: the original raises OSError.",
    ),
    Fault(
        "errno",
        "entries.read()",
        "entries.read().filter(Result::is_ok)",
        FILES,
        "Listing fails with EIO: the entries before are counted.",
    ),
    Fault(
        "flag",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::NOFOLLOW",
        FILES,
        "A symbolic link to a directory: it raises.",
    ),
    Fault(
        "cache",
        "descriptors(arguments.py(), &source.itself(), &path)?",
        "static SEEN: std::sync::Mutex<std::collections::BTreeMap<Vec<u8>, i64>> = "
        "std::sync::Mutex::new(std::collections::BTreeMap::new()); "
        "let it = descriptors(arguments.py(), &source.itself(), &path)?; "
        "*SEEN.lock().unwrap().entry(path).or_insert(it)",
        shows="Two calls, and between them the directory gets an entry.",
    ),
    forgotten("os.listdir", "os.listdir is replaced."),
    forgotten("os.path.isdir.@.stat.S_ISDIR", "stat.S_ISDIR is replaced."),
    Fault(
        "event",
        "audit_listdir(source)?",
        "audit_listdir(source)?; audit_listdir(source)?",
        shows="An audit hook hears of os.listdir twice.",
    ),
    Fault(
        "memory",
        "source.path()?",
        leaking("source.path()?"),
        shows="Each call leaves its path.",
    ),
    Fault(
        "reference",
        "source.itself()",
        leaking("source.itself()"),
        shows="Each call leaves one reference to the path.",
    ),
    Fault(
        "descriptor",
        "audit_listdir(source)?",
        "if let Err(stop) = audit_listdir(source) { std::mem::forget(directory); return Err(stop); }",
        shows="An audit hook forbids os.listdir: each call leaves the directory open.",
    ),
    Fault(
        "GIL",
        "signals::released(py, || files::open_directory(path))",
        "files::open_directory(path)",
        shows="An opening that takes long: of a network's file system.",
    ),
)

CALL = Call((os.path.dirname(__file__),))

PATCHES: Patches = (
    ("another of os.path's", lambda: swapped("os.path.isdir", "os.path.exists")),
    ("os.listdir", replaced("os.listdir", lambda path: ["x"] * 9)),
    ("os.path.isdir", replaced("os.path.isdir", lambda path: False)),
)
