//! The floor under each function: the least that a call of it has to do, for `sky-rust bench` to compare with.
//!
//! A floor knows the answer beforehand, and does only the rest: the system calls on the way, the audit events, the
//! hash, and the objects that are returned. It is called from Python as the function is, with the same arguments, and
//! checks nothing: it is no implementation, and only benchmarks call it.

use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString};
use rustix::process::{Resource, getrlimit};

use super::floor::{Floor, Given};
use crate::cpython::buffer::Buffer;
use crate::cpython::socket::{TcpSockets, new_address};
use crate::cpython::{Answer, Object, OrDecline, Stop, Text, number, object, text};
use crate::effects::audit::{audit_bind, audit_listdir, audit_open, audit_open_own, is_audited};
use crate::host::{cgroup, cpus, files, meminfo};
use crate::natives::common_utils::{find_free_port, unless_forbidden};

/// The floor of a function.
pub fn of(name: &str) -> Option<Floor> {
    Some(match name {
        "base36_encode" | "dump_yaml_str" | "format_float" | "human_duration" | "truncate_long_string" => one_str,
        "estimate_fd_for_directory" => estimate_fd_for_directory,
        "find_free_port" => ports,
        "get_cpu_count" => get_cpu_count,
        "get_max_workers_for_file_mounts" => get_max_workers_for_file_mounts,
        "get_mem_size_gb" => get_mem_size_gb,
        "get_parallel_threads" => get_parallel_threads,
        "hash_file" => hash_file,
        "is_process_alive" => is_process_alive,
        "read_last_n_lines" => read_last_n_lines,
        _ => return None,
    })
}

/// The argument itself where that is the answer, else a new str.
fn one_str<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    if given.argument(0)?.is(given.answer) { Ok(given.answer.to_owned()) } else { same_str(given.answer) }
}

fn same_str<'py>(answer: Borrowed<'_, 'py, PyAny>) -> Answer<'py> {
    text::ascii(answer.py(), &[Text::exact(answer).or_decline()?.ascii().or_decline()?])
}

fn path(source: Borrowed<'_, '_, PyAny>) -> Result<CString, Stop> {
    CString::new(Text::exact(source).or_decline()?.path()?).or_decline()
}

fn estimate_fd_for_directory<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    count(given.argument(0)?)?;
    Ok(given.answer.to_owned())
}

fn count(source: Borrowed<'_, '_, PyAny>) -> Result<usize, Stop> {
    let path = path(source)?;
    audit_listdir(&source)?;
    files::count_entries(files::open_directory(path.to_bytes()).or_decline()?).or_decline()
}

fn ports<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    let py = given.py();
    let port = |number: &Object<'_>| number::int(number).and_then(|port| u16::try_from(port).ok()).or_decline();
    let ports = port(&*given.argument(0)?)?..=port(&given.answer)?;
    if is_audited(py) {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let sockets = TcpSockets::of(CLASS.import(py, "socket", "socket").or_decline()?)?;
        for port in ports {
            sockets.with(|socket, descriptor| {
                audit_bind(socket, &new_address(py, "", port)?)?;
                Ok(find_free_port::is_free(descriptor, port))
            })?;
        }
    } else {
        let socket = find_free_port::socket().or_decline()?;
        for port in ports {
            find_free_port::is_free(&socket, port);
        }
    }
    Ok(given.answer.to_owned())
}

fn get_cpu_count<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    cpus::online().or_decline()?;
    cpus::affinity().or_decline()?;
    unless_forbidden(given.py(), cgroup::cpu_limit().or_decline()?)?;
    Ok(given.answer.to_owned())
}

fn get_max_workers_for_file_mounts<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    getrlimit(Resource::Nofile);
    cpus::online().or_decline()?;
    for (_, source) in given.argument(0)?.cast::<PyDict>().or_decline()?.iter() {
        count(source.as_borrowed())?;
    }
    Ok(given.answer.to_owned())
}

fn get_mem_size_gb<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    audit_open_own(given.py(), meminfo::PATH)?;
    files::read_small(meminfo::PATH).or_decline()?;
    unless_forbidden(given.py(), cgroup::memory_limit().or_decline()?)?;
    number::new_float(given.py(), 0.0)
}

fn get_parallel_threads<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    cpus::online().or_decline()?;
    Ok(given.answer.to_owned())
}

/// Opens the file and reads its beginning; hashes as many bytes as the file has, but the same ones of memory over and
/// over.
fn hash_file<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (py, file) = (given.py(), given.argument(0)?);
    let path = path(file)?;
    audit_open(&file)?;
    let file = files::open_kernels(&path).or_decline()?;
    let hash = object::call_with(NEW.import(py, "hashlib", "new").or_decline()?, &*given.argument(1)?)?;
    let update = object::attribute(&hash, pyo3::intern!(py, "update"))?;
    let mut memory = Buffer::new(py)?;
    let beginning = rustix::io::read(&file, memory.resized(AT_ONCE)?).or_decline()?.0.len();
    let mut rest = beginning;
    if rest == AT_ONCE {
        rest = usize::try_from(rustix::fs::fstat(&file).or_decline()?.st_size).or_decline()?;
    }
    drop(file);
    while rest > 0 {
        let piece = rest.min(beginning);
        object::call_with(&update, memory.filled(piece)?)?;
        rest -= piece;
    }
    Ok(hash)
}

/// The most bytes read at once.
const AT_ONCE: usize = 64 << 10;

fn is_process_alive<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    let pid = number::int(&*given.argument(0)?).or_decline()?;
    let path = CString::new(format!("/proc/{pid}/stat")).or_decline()?;
    for _ in 0..2 {
        audit_open_own(given.py(), &path)?;
    }
    let _ = files::open_kernels(&path);
    Ok(given.answer.to_owned())
}

/// Reads as many bytes as the lines have, from the file's beginning, and makes a list of new lines.
fn read_last_n_lines<'py>(given: Given<'_, 'py>) -> Answer<'py> {
    let lines = given.answer.cast::<PyList>().or_decline()?;
    let file = given.argument(0)?;
    let path = path(file)?;
    audit_open(&file)?;
    let file = files::open_kernels(&path).or_decline()?;
    let length = |line: Object<'py>| line.cast::<PyString>().map_or(0, |line| line.len().unwrap_or(0));
    let size: usize = lines.iter().map(length).sum();
    let mut memory = vec![0; size.min(AT_ONCE)];
    for at in (0..size).step_by(AT_ONCE) {
        rustix::io::pread(&file, &mut memory, at as u64).or_decline()?;
    }
    drop(file);
    object::new_list(given.py(), lines.len(), |at| same_str(lines.get_item(at).or_decline()?.as_borrowed()))
}
