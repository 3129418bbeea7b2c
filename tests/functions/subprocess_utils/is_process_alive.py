"""Wrong natives of `is_process_alive`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced, swapped

FAULTS = (
    Fault("pid > 0", "true"),
    Fault(
        "files::open_kernels(&path)",
        'files::open_kernels(&CString::new(format!("/proc/{}/stat", pid / 2 * 2)).unwrap())',
    ),
    Fault("number::new_bool(arguments.py(), alive)", "number::new_bool(arguments.py(), alive || pid > 4194304)"),
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
