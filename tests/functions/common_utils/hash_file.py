"""Wrong natives of `hash_file`, and patches of what it looks up."""

from __future__ import annotations

import hashlib
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, deaf, forgotten, leaking
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

END_OF_FILE = """if is_end {
                    return Ok(hash);
                }
                position += count as u64"""

FAULTS = (
    Fault("size", "buffer.filled(count)?", "buffer.filled(count.min(4096))?"),
    Fault("size", "position + filled as u64", "position.saturating_sub(1) + filled as u64"),
    Fault("value", "name.itself()", 'pyo3::types::PyString::new(py, "sha256").into_any()'),
    Fault("value", "files::open_regular(&encoded)", 'files::open_regular(b"/proc/version")'),
    Fault(
        "size",
        "filled += read.len()",
        "filled += read.len(); if filled < buffer.len() { return Ok((filled, true)); }",
        shows="A file that the kernel gives in pieces: /proc/kallsyms; or a read that a signal cuts short.",
    ),
    Fault(
        "encoding",
        "ffi::PyUnicode_EncodeFSDefault(self.0.as_ptr())",
        "ffi::PyUnicode_AsUTF8String(self.0.as_ptr())",
        "rust/src/cpython/text.rs",
        "A process whose file system encoding is another (LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0), a path '\xe9'.",
        unseen="the process would need another file system encoding",
    ),
    Fault(
        "type",
        "is_of_c_module(&hash, HASHES)",
        "true",
        shows="hashlib.new makes an object of a Python class, by an entry of its cache of constructors.",
    ),
    Fault(
        "errno",
        "raise_os_error(py, error, None)",
        "raise_os_error(py, error, Some(&path.itself()))",
        shows="A file that can be opened and not read, such as /proc/self/mem: its error names no file.",
    ),
    Fault(
        "errno",
        "rustix::io::pread(file, &mut buffer[filled..], position + filled as u64)",
        "rustix::io::pread(file, &mut buffer[filled..], position + filled as u64)"
        ".map_err(|error| if error == Errno::INTR { Errno::IO } else { error })",
        shows="A read that a signal interrupts.",
    ),
    Fault(
        "world",
        END_OF_FILE,
        "if is_end || position + count as u64 >= stat.st_size as u64 { return Ok(hash); } position += count as u64",
        shows="The file grows after its size was looked at: while it is read, or by an audit hook at its opening.",
    ),
    Fault(
        "flag",
        "OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY",
        "OFlags::RDONLY | OFlags::NOCTTY",
        "rust/src/host/files.rs",
        "A program that another thread starts meanwhile has the file.",
    ),
    Fault(
        "cache",
        "files::open_regular(&encoded)",
        "(|| { static LAST: std::sync::Mutex<Option<(Vec<u8>, OwnedFd, rustix::fs::Stat)>> = "
        "std::sync::Mutex::new(None); "
        "let mut last = LAST.lock().unwrap(); "
        "if last.as_ref().is_none_or(|last| last.0 != encoded) { *last = files::open_regular(&encoded)?"
        ".map(|(file, stat)| (encoded.clone(), file, stat)); } "
        "Ok(last.as_ref().and_then(|(_, file, stat)| Some((file.try_clone().ok()?, *stat)))) })()",
        shows="Two calls, and between them another file takes the path.",
    ),
    forgotten("memoryview", "A global of the module hides memoryview."),
    forgotten("open", "A global of the module hides open."),
    Fault("event", "audit_open(&path.itself())?", "()", shows="An audit hook hears of no opening."),
    Fault(
        "event",
        "audit_open(&path.itself())?",
        "audit_open(&path.itself())?; audit_open(&path.itself())?",
        shows="An audit hook hears of two openings.",
    ),
    Fault(
        "event",
        "return Err(raise_os_error(py, error, None))",
        "return Err(Stop::Decline)",
        shows="A file that can be opened and not read: the original opens it once more.",
        unseen="events are heard where reads succeed",
    ),
    Fault(
        "memory",
        END_OF_FILE,
        "if is_end { std::mem::forget(buffer); return Ok(hash); } position += count as u64",
        shows="Each call leaves a buffer of up to 256 KiB.",
    ),
    Fault(
        "reference",
        "name.itself()",
        leaking("name.itself()"),
        shows="Each call leaves one reference to the algorithm's name.",
    ),
    Fault(
        "descriptor",
        "object::call_with(&arguments.kept(&NEW)?, &algorithm).or_forget_value_error(py)?",
        "match object::call_with(&arguments.kept(&NEW)?, &algorithm).or_forget_value_error(py) "
        "{ Ok(hash) => hash, Err(stop) => { std::mem::forget(file); return Err(stop); } }",
        shows="Each call with an algorithm that hashlib doesn't have leaves a file open.",
    ),
    deaf("A file of hundreds of megabytes: the handler runs after the last one."),
    Fault(
        "signal",
        "object::call_with(&arguments.kept(&NEW)?, &algorithm).or_forget_value_error(py)?",
        "object::call_with(&arguments.kept(&NEW)?, &algorithm).or_forget(py)?",
        shows="A handler raises while hashlib.new runs: the exception is lost, and hashlib.new runs again.",
        unseen="no signal comes while hashlib's Python code runs",
    ),
    Fault(
        "GIL",
        "signals::released(py, || fill(memory, &file, position))",
        "fill(memory, &file, position)",
        shows="A read that takes long: of a slow disk.",
    ),
    Fault(
        "GIL",
        "signals::released(py, || files::open_regular(&encoded))",
        "files::open_regular(&encoded)",
        shows="A stat or an opening that takes long: of a network's file system.",
    ),
)

CALL = Call((__file__, "md5"))

PATCHES: Patches = (
    ("hashlib.new", replaced("hashlib.new", lambda name: hashlib.sha1(b"seed"))),
    ("hashlib in the module", replaced(f"{MODULE}.hashlib", mock.Mock(new=lambda name: hashlib.sha1(b"s")))),
    ("_hashlib.new", replaced("_hashlib.new", lambda *a, **k: hashlib.sha1(b"seed"))),
    ("builtins.open", replaced("builtins.open")),
    ("bytearray in the module", replaced(f"{MODULE}.bytearray", lambda n: bytearray(10), create=True)),
)
