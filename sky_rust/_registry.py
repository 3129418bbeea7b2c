"""The registry: every function that sky-rust has, one line each; everything else is derived from it.

`rust/build.rs` reads the lines that begin with ``Function(`` and expects `rust/src/<module>/<name>.rs` behind each.
"""

from __future__ import annotations

from typing import NamedTuple


class Function(NamedTuple):
    """One function.

    name: as in SkyPilot.
    module: the module's name under `sky.utils`.
    python_first: whether the original's first statement stays in Python where a call of the native costs more than it
        does (CPython 3.11, see `_trampoline`).
    """

    name: str
    module: str
    python_first: bool = False


FUNCTIONS: tuple[Function, ...] = (
    Function("base36_encode", "common_utils"),
    Function("find_free_port", "common_utils"),
    Function("format_float", "common_utils"),
    Function("get_cpu_count", "common_utils"),
    Function("get_mem_size_gb", "common_utils"),
    Function("hash_file", "common_utils"),
    Function("read_last_n_lines", "common_utils"),
    Function("truncate_long_string", "common_utils", python_first=True),
    Function("estimate_fd_for_directory", "subprocess_utils"),
    Function("get_max_workers_for_file_mounts", "subprocess_utils"),
    Function("get_parallel_threads", "subprocess_utils"),
    Function("is_process_alive", "subprocess_utils"),
)
