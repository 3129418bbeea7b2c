"""Wrong natives of `find_free_port`, and patches of what it looks up."""

from __future__ import annotations

import logging
import socket
from unittest import mock

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, attribute, logger_of, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault(
        "value", "SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)", "SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port | 1)"
    ),
    Fault("edge", "arguments.int(0)?", "arguments.int(0)? & 0xffff"),
    Fault(
        "size",
        "next.saturating_add(STEP)",
        "next.wrapping_add(STEP)",
        shows="Without an audit hook, from a busy port above 65,279 on: small ports are tried next.",
    ),
    Fault(
        "size",
        "next = end",
        "next = end.saturating_add(1)",
        shows="Without an audit hook: 257 ports are busy, and the 258th is not tried.",
    ),
    Fault(
        "size",
        "start..END",
        "start..END.min(start.saturating_add(256))",
        shows="With an audit hook: 256 ports are busy.",
    ),
    Fault(
        "type",
        "Catches::OsError",
        "Catches::OsOrValueError",
        shows="An audit hook raises a ValueError at socket.bind, which the original hands on.",
    ),
    Fault(
        "errno",
        "rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)).is_ok()",
        "rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)) != Err(Errno::ADDRINUSE)",
        shows="bind fails with EACCES: ports below 1024, for anybody but root.",
    ),
    Fault(
        "world",
        "Ipv4Addr::UNSPECIFIED",
        "Ipv4Addr::LOCALHOST",
        shows="The port is busy on another address than 127.0.0.1: on 127.0.0.2.",
    ),
    Fault(
        "flag",
        "rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)).is_ok()",
        "let _ = rustix::net::sockopt::set_socket_reuseaddr(&socket, true); "
        "rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)).is_ok()",
        shows="The port's last connection is in TIME_WAIT, or its holder has SO_REUSEADDR and doesn't listen.",
    ),
    Fault(
        "flag",
        "SocketFlags::CLOEXEC",
        "SocketFlags::empty()",
        shows="Without an audit hook: a program that another thread starts meanwhile has the socket.",
    ),
    Fault(
        "cache",
        'finishing(|| unsafe { PySys_Audit(c"sky_rust.audited".as_ptr(), c"O".as_ptr(), nothing) }) != 0',
        "static FIRST: std::sync::OnceLock<bool> = std::sync::OnceLock::new(); *FIRST.get_or_init(|| "
        'finishing(|| unsafe { PySys_Audit(c"sky_rust.audited".as_ptr(), c"O".as_ptr(), nothing) }) != 0)',
        "rust/src/effects/audit.rs",
        "The first audit hook is added after the first call.",
    ),
    Fault("guard", "unseen(py, arguments.snapshot())?", "()", shows="Somebody sees the records of busy ports."),
    forgotten("socket.AF_INET", "socket.AF_INET is replaced."),
    forgotten("range", "A global of the module hides range."),
    Fault(
        "event",
        "audit_bind(socket, &address)",
        "Ok(())",
        shows="An audit hook hears of sockets, and of no bind.",
    ),
    Fault(
        "event",
        "audit_bind(socket, &address)",
        "audit_bind(socket, &address).and_then(|()| audit_bind(socket, &address))",
        shows="An audit hook hears of each bind twice.",
    ),
    Fault(
        "event",
        'new_address(py, "", port)?',
        'new_address(py, "0.0.0.0", port)?',
        shows="An audit hook gets ('0.0.0.0', port), and not ('', port).",
    ),
    Fault(
        "memory",
        'new_address(py, "", port)?',
        leaking('new_address(py, "", port)?'),
        shows="With an audit hook, each port that is tried leaves a tuple.",
    ),
    Fault(
        "reference",
        "arguments.int(0)?",
        "std::mem::forget(arguments.object(0).to_owned()); arguments.int(0)?",
        shows="Each call leaves one reference to the start port.",
    ),
    Fault(
        "descriptor",
        "socket().or_decline()?",
        "let it = socket().or_decline()?; std::mem::forget(it.try_clone()); it",
        shows="Without an audit hook, each call leaves a socket.",
    ),
    Fault(
        "descriptor",
        "BorrowedFd::borrow_raw(descriptor)",
        "libc::dup(descriptor); BorrowedFd::borrow_raw(descriptor)",
        "rust/src/cpython/socket.rs",
        "With an audit hook, each port that is tried leaves a socket; the one that was free stays busy.",
    ),
    Fault(
        "signal",
        "signals::handle_signals(py)?;\n        next = end",
        "next = end",
        shows="Without an audit hook, with thousands of busy ports.",
    ),
    Fault(
        "signal",
        "if free {\n            return number::new_int(py, i64::from(port));\n        }\n"
        "        signals::handle_signals(py)?",
        "if free { return number::new_int(py, i64::from(port)); }",
        shows="With an audit hook in C, or one that is deaf, with thousands of busy ports.",
        unseen="hooks in Python handle signals themselves: only a hook in C shows it",
    ),
    Fault(
        "GIL",
        "signals::released(py, || (next..end).find(|&port| is_free(&socket, port)))",
        "(next..end).find(|&port| is_free(&socket, port))",
        shows="Without an audit hook, with thousands of busy ports, or a bind that takes long.",
    ),
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
