//! `find_free_port(start_port)`.
//!
//! Answers: an `int` from 0 to 65534, while the DEBUG record that each busy port makes can't be seen.
//! Declines: other ports (the original never tries 65535, and a negative one is an error), a process that is out of
//! descriptors, and a logger that would emit the record.

use std::ffi::CStr;

use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, Ipv4Addr, SocketAddrV4, SocketFlags, SocketType};

use crate::cpython::error::raise_os_error_text;
use crate::cpython::socket::{TcpSockets, new_address};
use crate::cpython::{Answer, OrDecline, number, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::{Catches, audit_bind, is_audited, is_let};
use crate::effects::logging::{LOGGER, unseen};
use crate::effects::signals;
use crate::guards::{Guard, Handle};

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["start_port"]),
    guards: &[GUARDS, LOGGER],
    thresholds: &[STEP as u64, END as u64],
    call,
};

/// Python's own `socket.socket`.
static SOCKET: Handle = Handle::new();

const GUARDS: &[Guard] = &[
    Guard::builtin("range"),
    Guard::builtin("OSError"),
    Guard::class("socket.socket", "socket", "socket").kept_as(&SOCKET),
    Guard::number("socket.AF_INET", libc::AF_INET as i64),
    Guard::number("socket.SOCK_STREAM", libc::SOCK_STREAM as i64),
];

/// The first port that is never tried.
const END: u16 = 65535;

/// The most ports that are tried before signals are handled again.
const STEP: u16 = 256;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let start = u16::try_from(arguments.int(0)?).or_decline()?;
    only_if(start < END)?;
    if arguments.loses_records() {
        unseen(py, arguments.snapshot())?;
    }
    if is_audited(py) {
        return audited(arguments, start);
    }
    // One socket serves for all ports: a `bind` that fails leaves it unbound.
    let socket = socket().or_decline()?;
    if is_free(&socket, start) {
        return number::new_int(py, i64::from(start));
    }
    let mut next = start + 1;
    while next < END {
        let end = next.saturating_add(STEP); // 65535 at most, which is END
        if let Some(free) = signals::released(py, || (next..end).find(|&port| is_free(&socket, port))) {
            return number::new_int(py, i64::from(free));
        }
        signals::handle_signals(py)?;
        next = end;
    }
    Err(raise_os_error_text(py, NONE_FREE))
}

/// The search where there is an audit hook: events carry the socket, so each port needs one of Python's own class.
fn audited<'py>(arguments: &Arguments<'_, 'py>, start: u16) -> Answer<'py> {
    let py = arguments.py();
    let sockets = TcpSockets::of(&arguments.kept(&SOCKET)?)?;
    for port in start..END {
        let free = sockets.with(|socket, descriptor| {
            let address = new_address(py, "", port)?;
            Ok(is_let(py, audit_bind(socket, &address), Catches::OsError)? && is_free(descriptor, port))
        })?;
        if free {
            return number::new_int(py, i64::from(port));
        }
        signals::handle_signals(py)?;
    }
    Err(raise_os_error_text(py, NONE_FREE))
}

const NONE_FREE: &CStr = c"No free ports available.";

/// A new TCP socket.
pub fn socket() -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

/// Whether the port is free: if it is, the socket stays bound to it.
pub fn is_free(socket: impl AsFd, port: u16) -> bool {
    rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)).is_ok()
}
