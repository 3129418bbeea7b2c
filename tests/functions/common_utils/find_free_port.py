"""Wrong natives of `find_free_port`, and patches of what it looks up."""

from __future__ import annotations

import logging
import socket
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault
from tests.functions._patching import Patches, attribute, logger_of, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)", "SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port | 1)"),
    Fault("arguments.int(0)?", "arguments.int(0)? & 0xffff"),
    Fault("unseen(py, arguments.snapshot())?", "()"),
)

CALL = Call((23456,))

PATCHES: Patches = (
    ("socket.socket", replaced("socket.socket", new_callable=mock.MagicMock)),
    (
        "bind of every socket",
        lambda: attribute(socket.socket, "bind", lambda self, address: None if address[1] > 23460 else [][0]),
    ),
    ("socket.AF_INET", replaced("socket.AF_INET", socket.AF_INET6)),
    ("the logger", replaced(f"{MODULE}.logger", new_callable=mock.MagicMock)),
    ("Logger.debug", replaced("logging.Logger.debug", lambda *a, **k: None)),
    ("this logger's debug", lambda: attribute(logger_of("common_utils"), "debug", lambda *a: None)),
    ("the record factory", replaced("logging._logRecordFactory", lambda *a, **k: mock.MagicMock())),
    ("range in the module", replaced(f"{MODULE}.range", lambda *a: [9], create=True)),
    ("a bound method as debug", lambda: attribute(logging.Logger, "debug", [].append)),
    (
        "a bound method as bind",
        lambda: attribute(socket.socket, "bind", mock.Mock(side_effect=OSError("busy")).__call__),
    ),
)
