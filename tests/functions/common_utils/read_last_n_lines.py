"""Wrong natives of `read_last_n_lines`, and patches of what it looks up."""

from __future__ import annotations

import os
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("self.made.len() >= self.wanted", "self.made.len() > self.wanted"),
    Fault("newline + 1", "newline"),
    Fault("self.rest.is_none()", "true"),
    Fault("self.made.is_empty()", "self.made.len() == 1"),
    Fault("bytes.len() - returns", "bytes.len() - returns.min(1)"),
    Fault('c"replace"', 'c"ignore"'),
    Fault("n > 0 && arguments.int(2)? > 0", "arguments.int(2)? > 0"),
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
