"""The registry: every function that sky-rust has, one line each; everything else is derived from it.

`rust/build.rs` reads the lines that begin with ``Function(`` and expects `rust/src/natives/<module>/<identifier>.rs`
behind each. CONTRIBUTING.md says what else a function needs, and `tests/test_completeness.py` names what is missing.
"""

from __future__ import annotations

from typing import NamedTuple


class Function(NamedTuple):
    """One function.

    name: its dotted path in its module, as in SkyPilot: `format_float`, `Config.get_nested`.
    module: the module's name under `sky.utils`.
    python_first: whether the original's first statement stays in Python on CPython 3.11, because it costs less there
        than a call of the native (see `_trampoline`).
    """

    name: str
    module: str
    python_first: bool = False

    @property
    def identifier(self) -> str:
        """The name of our files and modules for this function: `config_get_nested`."""
        return self.name.lower().replace(".", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets its switch: `SKY_RUST_CONFIG_GET_NESTED`."""
        return f"SKY_RUST_{self.identifier.upper()}"

    @property
    def owner(self) -> str:
        """The name that its module binds: the function's own, or its class's."""
        return self.name.partition(".")[0]


FUNCTIONS: tuple[Function, ...] = (
    Function("base36_encode", "common_utils"),
    Function("find_free_port", "common_utils"),
    Function("format_float", "common_utils"),
    Function("get_cpu_count", "common_utils"),
    Function("get_mem_size_gb", "common_utils"),
    Function("hash_file", "common_utils"),
    Function("read_last_n_lines", "common_utils"),
    Function("truncate_long_string", "common_utils", python_first=True),
    Function("validate_schema", "common_utils"),
    Function("Config.get_nested", "config_utils"),
    Function("redact_sensitive_values", "config_utils", python_first=True),
    Function("human_duration", "log_utils"),
    Function("readable_time_duration", "log_utils"),
    Function("decode_payload", "message_utils"),
    Function("estimate_fd_for_directory", "subprocess_utils"),
    Function("get_max_workers_for_file_mounts", "subprocess_utils"),
    Function("get_parallel_threads", "subprocess_utils"),
    Function("is_process_alive", "subprocess_utils"),
    Function("check_no_duplicate_keys", "yaml_utils"),
    Function("dump_yaml_str", "yaml_utils"),
    Function("read_yaml", "yaml_utils"),
    Function("read_yaml_all_str", "yaml_utils"),
    Function("read_yaml_str", "yaml_utils"),
    Function("safe_load", "yaml_utils"),
)


def function(name: str) -> Function:
    """The line of that name.

    Raises:
        ValueError: there is no function of that name.
    """
    for one in FUNCTIONS:
        if one.name == name:
            return one
    raise ValueError(f"sky-rust has no function {name!r}; it has {', '.join(one.name for one in FUNCTIONS)}")
