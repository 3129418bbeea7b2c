"""Wrong natives of `hash_file`, and patches of what it looks up."""

from __future__ import annotations

import hashlib
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("buffer.filled(count)?", "buffer.filled(count.min(4096))?"),
    Fault("position + filled as u64", "position.saturating_sub(1) + filled as u64"),
    Fault("arguments.text(1)?.itself()", 'pyo3::types::PyString::new(py, "sha256").into_any()'),
    Fault("files::open_regular(&encoded)", 'files::open_regular(b"/proc/version")'),
)

CALL = Call((__file__, "md5"))

PATCHES: Patches = (
    ("hashlib.new", replaced("hashlib.new", lambda name: hashlib.sha1(b"seed"))),
    ("hashlib in the module", replaced(f"{MODULE}.hashlib", mock.Mock(new=lambda name: hashlib.sha1(b"s")))),
    ("_hashlib.new", replaced("_hashlib.new", lambda *a, **k: hashlib.sha1(b"seed"))),
    ("builtins.open", replaced("builtins.open")),
    ("bytearray in the module", replaced(f"{MODULE}.bytearray", lambda n: bytearray(10), create=True)),
)
