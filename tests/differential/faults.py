"""Wrong natives, on purpose: for each function, what a native file says, and what a wrong one would say instead.

`test_faults` builds the crate once with all of them inside, each behind a switch, and expects the differential suite to
catch every one. Both texts are Rust expressions of the same type; the first has to be in the file exactly once.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong native."""

    function: str
    right: str
    wrong: str

    def __str__(self) -> str:
        """What a test report shows."""
        return f"{self.function}: {self.wrong}"


#: A native that panics: caught, declined, and taken off with a reason.
PANIC = Fault("format_float", "(0..=300).contains(&precision)", 'panic!("planted {}", 7)')

FAULTS = (
    Fault("base36_encode", "nibbles >> 4", "nibbles >> 5"),
    Fault("base36_encode", "9 * (eight >> 6 & 0x0101_0101_0101_0101)", "9 * (eight >> 5 & 0x0101_0101_0101_0101)"),
    Fault("base36_encode", "hex.rchunks(8)", "hex.rchunks(7)"),
    Fault("base36_encode", "digits[1..].iter().rev()", "digits[..].iter().rev()"),
    Fault("base36_encode", "value % DIVISOR", "value % (DIVISOR - 1)"),
    Fault(
        "find_free_port",
        "SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)",
        "SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port | 1)",
    ),
    Fault("find_free_port", "call.int(0)?", "call.int(0)? & 0xffff"),
    Fault("find_free_port", "unseen(py, call.world)?", "()"),
    Fault("format_float", "value.abs() < EXACT", "value.abs() < 1e30"),
    Fault("format_float", "value == 0.0 && value.is_sign_negative()", "false"),
    Fault("format_float", "i32::try_from(precision).or_decline()?", "i32::try_from(precision.min(17)).or_decline()?"),
    Fault("format_float", "value < 0.0", "value < -0.1"),
    Fault("format_float", "rest == half && down & 1 == 1", "rest == half"),
    Fault("format_float", "rest == half && down & 1 == 1", "rest == half && (down | 1) == 1"),
    Fault("format_float", "rest == half && down & 1 == 1", "rest == half && (down ^ 1) == 1"),
    Fault("format_float", "*shift < 128", "*shift <= 128"),
    Fault("format_float", "rest > half", "rest >= half"),
    Fault("get_cpu_count", "cpus::online().or_decline()?", "1"),
    Fault("get_cpu_count", "cpus::affinity().or_decline()?", "i64::MAX"),
    Fault("get_cpu_count", '"SKYPILOT_POD_CPU_CORE_LIMIT"', '"SKYPILOT_POD_CPU_LIMIT"'),
    Fault(
        "get_cpu_count", "objects::parse_float(&limit).or_forget(py)?", "objects::parse_float(&limit).unwrap_or(1.0)"
    ),
    Fault("get_mem_size_gb", '("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.0)', '("SKYPILOT_POD_MEMORY_GB_LIMIT", 1.024)'),
    Fault("get_mem_size_gb", "limit.map_or(total, |limit| limit.min(total)) as f64", "(total - 1024) as f64"),
    Fault("get_mem_size_gb", 'pyo3::intern!(py, "_TOTAL_PHYMEM")', 'pyo3::intern!(py, "_TOTAL")'),
    Fault(
        "hash_file",
        "buffer.filled(count)?",
        "buffer.filled(count.min(4096))?",
    ),
    Fault("hash_file", "position + filled as u64", "position.saturating_sub(1) + filled as u64"),
    Fault("hash_file", "call.text(1)?.itself()", 'pyo3::types::PyString::new(py, "sha256").into_any()'),
    Fault("hash_file", "files::open_regular(&encoded)", 'files::open_regular(b"/proc/version")'),
    Fault("read_last_n_lines", "self.made.len() >= self.wanted", "self.made.len() > self.wanted"),
    Fault("read_last_n_lines", "newline + 1", "newline"),
    Fault("read_last_n_lines", "self.rest.is_none()", "true"),
    Fault("read_last_n_lines", "self.made.is_empty()", "self.made.len() == 1"),
    Fault("read_last_n_lines", "bytes.len() - returns", "bytes.len() - returns.min(1)"),
    Fault("read_last_n_lines", 'c"replace"', 'c"ignore"'),
    Fault("read_last_n_lines", "n > 0 && call.int(2)? > 0", "call.int(2)? > 0"),
    Fault("truncate_long_string", "string.len() <= most", "string.len() < most"),
    Fault("truncate_long_string", "letters >= most", "letters > most"),
    Fault("truncate_long_string", "kept.div_ceil(2)", "kept / 2"),
    Fault("truncate_long_string", "start.saturating_sub(1)", "start"),
    Fault("estimate_fd_for_directory", "entries as i64 * AN_ENTRY", "entries as i64"),
    Fault("estimate_fd_for_directory", "files::is_directory(&stat)", "true"),
    Fault("estimate_fd_for_directory", "Some(source)", "None"),
    Fault("get_max_workers_for_file_mounts", "limit - RESERVED", "limit"),
    Fault("get_max_workers_for_file_mounts", "descriptors(py, source, path)?", "descriptors(py, source, path)? - 5"),
    Fault("get_max_workers_for_file_mounts", "unseen(py, call.world)?", "()"),
    Fault("get_parallel_threads", "(cpus - 1).max(4)", "(cpus - 1).max(3)"),
    Fault("get_parallel_threads", 'b"kubernetes"', 'b"kubernetez"'),
    Fault("get_parallel_threads", "cloud.ascii().or_decline()?", 'cloud.ascii().unwrap_or(b"")'),
    Fault("is_process_alive", "pid > 0", "true"),
    Fault(
        "is_process_alive",
        "files::open_kernels(&path)",
        'files::open_kernels(&CString::new(format!("/proc/{}/stat", pid / 2 * 2)).unwrap())',
    ),
    Fault(
        "is_process_alive",
        "objects::new_bool(call.py(), alive)",
        "objects::new_bool(call.py(), alive || pid > 4194304)",
    ),
)
