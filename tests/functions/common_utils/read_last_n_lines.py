"""Wrong natives of `read_last_n_lines`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, deaf, forgotten, leaking
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("edge", "self.made.len() >= self.wanted", "self.made.len() > self.wanted"),
    Fault("edge", "newline + 1", "newline"),
    Fault("edge", "self.rest.is_none()", "true"),
    Fault("edge", "self.made.is_empty()", "self.made.len() == 1"),
    Fault("edge", "n > 0 && arguments.int(2)? > 0", "arguments.int(2)? > 0"),
    Fault("size", "bytes.len() - returns", "bytes.len() - returns.min(1)"),
    Fault(
        "size",
        "line(self.py, &joined(self.py, pieces)?, newline)?",
        "let turned = std::iter::once(head).chain(rest.iter().map(Vec::as_slice)); "
        "line(self.py, &joined(self.py, turned)?, newline)?",
        shows="A line that was read in four pieces, of which the middle ones differ.",
    ),
    Fault(
        "size",
        "signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()?",
        "u64::from(signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()? as u32)",
        shows="A file of more than 4 GiB (a sparse one will do).",
    ),
    Fault("encoding", 'c"replace"', 'c"ignore"'),
    Fault(
        "encoding",
        "line(self.py, &joined(self.py, pieces)?, newline)?",
        "let rest = joined(self.py, rest.iter().rev().map(Vec::as_slice))?; "
        'text::concat(&line(self.py, head, b"")?, &line(self.py, &rest, newline)?)?',
        shows="A character lies across the border of two blocks: the last line of 'x\n' + '\u20ac' * 3000.",
    ),
    Fault(
        "type",
        "Catches::OsError",
        "Catches::Exception",
        shows="An audit hook raises a ValueError at the opening: it hears of a second one.",
        unseen="events are not counted where a hook raises",
    ),
    Fault(
        "errno",
        "signals::released(py, || tail.step(&file, next)).or_decline()?",
        "match signals::released(py, || tail.step(&file, next)) { Ok(read) => read, Err(_) => break }",
        shows="A read fails with EIO: the lines behind it are the answer.",
    ),
    Fault(
        "world",
        "filled += count",
        "filled = (filled + count).max(self.bytes.len())",
        shows="A read that gives less than was asked for, before the end of the file.",
    ),
    Fault(
        "world",
        "only_if(signals::released(py, || tail.step(&file, next)).or_decline()?)?",
        "if !signals::released(py, || tail.step(&file, next)).or_decline()? { break }",
        shows="The file is truncated between the look at its size and the first read, or between two reads.",
    ),
    Fault(
        "flag",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NOATIME",
        "rust/src/host/files.rs",
        "The file's st_atime, a day old, stays.",
    ),
    Fault(
        "cache",
        "signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()?",
        "static LAST: std::sync::Mutex<(Vec<u8>, u64)> = std::sync::Mutex::new((Vec::new(), 0)); "
        "let size = signals::released(py, || rustix::fs::seek(&file, SeekFrom::End(0))).or_decline()?; "
        "let mut last = LAST.lock().unwrap(); if last.0 != path { *last = (path.clone(), size); } last.1",
        shows="Two calls, and between them the file grows.",
    ),
    forgotten("os.SEEK_END", "os.SEEK_END is replaced."),
    forgotten("reversed", "A global of the module hides reversed."),
    Fault(
        "event",
        "is_let(py, audit_open(&file_path.itself()), Catches::OsError)?",
        "true",
        shows="An audit hook hears of no opening.",
    ),
    Fault(
        "event",
        "audit_open(&file_path.itself())",
        "audit_open(&file_path.itself()).and_then(|()| audit_open(&file_path.itself()))",
        shows="An audit hook hears of two openings.",
    ),
    Fault(
        "memory",
        "drop(file)",
        "drop(file); std::mem::forget(tail)",
        shows="Each call leaves the last piece that was read, of up to 128 KiB.",
    ),
    Fault(
        "reference",
        "file_path.itself()",
        leaking("file_path.itself()"),
        shows="Each call leaves one reference to the path.",
    ),
    Fault("descriptor", "drop(file)", "std::mem::forget(file)", shows="Each call leaves a file open."),
    deaf("A million lines: the handler runs after the last one."),
    Fault(
        "GIL",
        "signals::released(py, || tail.step(&file, next))",
        "tail.step(&file, next)",
        shows="A read that takes long: of a slow disk.",
    ),
    Fault(
        "GIL",
        "signals::released(py, || open(&path))",
        "open(&path)",
        shows="A stat or an opening that takes long: of a network's file system.",
    ),
)

CALL = Call((__file__, 3))

PATCHES: Patches = (
    ("builtins.open", replaced("builtins.open", new_callable=mock.mock_open, read_data=b"x")),
    ("open in the module", replaced(f"{MODULE}.open", mock.mock_open(read_data=b"y"), create=True)),
    ("os.path.exists", replaced("os.path.exists", lambda path: False)),
    ("os.stat", replaced("os.stat")),
    ("os.SEEK_END", replaced("os.SEEK_END", 0)),
    ("min in the module", replaced(f"{MODULE}.min", lambda *a: 1, create=True)),
    ("os itself", replaced(f"{MODULE}.os", mock.Mock(wraps=os, SEEK_END=2))),
)
