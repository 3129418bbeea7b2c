//! `find_free_port(start_port)`.
//!
//! Answers: an `int` from 0 to 65534, while nobody can see the DEBUG record that each busy port makes.
//! Declines: other ports (the original never tries 65535, and a negative one is an error), a process that is out of
//! descriptors, and a logger that listens.

use std::ffi::CStr;

use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, Ipv4Addr, SocketAddrV4, SocketFlags, SocketType};

use crate::binding::capi::raise_os_error_text;
use crate::binding::gates::{Catches, LOGGER, audit_bind, is_audited, is_let, unseen};
use crate::binding::world::{Keep, Pin};
use crate::binding::{Answer, Call, Native, OrDecline, objects, only_if, work};

/// What the registry binds.
pub const NATIVE: Native =
    Native { parameters: &["start_port"], looks_up: &[LOOKS_UP, LOGGER], call };

const LOOKS_UP: &[Pin] = &[
    Pin::builtin("range"),
    Pin::builtin("OSError"),
    Pin::class("socket.socket", "socket", "socket").kept(Keep::Socket),
    Pin::number("socket.AF_INET", libc::AF_INET as i64),
    Pin::number("socket.SOCK_STREAM", libc::SOCK_STREAM as i64),
];

/// The first port that is never tried.
const END: u16 = 65535;

/// How many ports are tried between two looks at signals.
const STEP: u16 = 256;

fn call<'py>(call: &Call<'_, 'py>) -> Answer<'py> {
    let py = call.py();
    let start = u16::try_from(call.int(0)?).or_decline()?;
    only_if(start < END)?;
    unseen(py, call.world)?;
    if is_audited(py) {
        return audited(call, start);
    }
    // One socket for all: a port that is refused leaves it as it was.
    let socket = socket().or_decline()?;
    if is_free(&socket, start) {
        return objects::new_int(py, i64::from(start));
    }
    let mut next = start + 1;
    while next < END {
        let end = next.saturating_add(STEP); // END at most
        if let Some(free) = work::released(py, || (next..end).find(|&port| is_free(&socket, port))) {
            return objects::new_int(py, i64::from(free));
        }
        work::handle_signals(py)?;
        next = end;
    }
    Err(raise_os_error_text(py, NONE_FREE))
}

/// With somebody who listens to audit events: they carry the socket, so each port needs one of Python's own.
fn audited<'py>(call: &Call<'_, 'py>, start: u16) -> Answer<'py> {
    let py = call.py();
    let sockets = objects::TcpSockets::of(&call.world.kept(py, Keep::Socket)?)?;
    for port in start..END {
        let free = sockets.with(|socket, descriptor| {
            let address = objects::new_address(py, "", port)?;
            Ok(is_let(py, audit_bind(socket, &address), Catches::OsError)? && is_free(descriptor, port))
        })?;
        if free {
            return objects::new_int(py, i64::from(port));
        }
        work::handle_signals(py)?;
    }
    Err(raise_os_error_text(py, NONE_FREE))
}

const NONE_FREE: &CStr = c"No free ports available.";

/// A TCP socket.
pub fn socket() -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

/// Whether the socket gets that port: then it keeps it.
pub fn is_free(socket: impl AsFd, port: u16) -> bool {
    rustix::net::bind(socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)).is_ok()
}
