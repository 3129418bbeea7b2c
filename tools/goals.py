"""The ratio to the original that each named call is meant to reach, on SkyPilot 0.14.1 and CPython 3.12.

The goals were set before anything was measured. `tools/bench.py` compares with them; a call without a goal is measured
all the same.
"""

from __future__ import annotations

#: (function, label) -> ratio.
GOALS = {
    ("base36_encode", "an MD5 digest"): 20,
    ("base36_encode", "64 hex digits"): 20,
    ("format_float", "3.0"): 2.5,
    ("format_float", "3.14159, 2"): 5,
    ("format_float", "7"): 4,
    ("format_float", "3.14159, precision=2"): 4,
    ("truncate_long_string", "a short string"): 2,
    ("truncate_long_string", "57 characters, end"): 10,
    ("truncate_long_string", "57 characters, middle"): 8,
    ("read_last_n_lines", "15 MB log, n=10"): 2.8,
    ("read_last_n_lines", "15 MB log, n=1,000"): 5,
    ("read_last_n_lines", "15 MB log, n=100,000"): 5,
    ("hash_file", "1 KiB, md5"): 3.3,
    ("hash_file", "1 KiB, sha256"): 3.3,
    ("hash_file", "1 KiB, sha512"): 3.3,
    ("hash_file", "64 KiB, sha256"): 1.1,
    ("hash_file", "1 MiB, sha256"): 1.05,
    ("hash_file", "128 MiB, sha256"): 1.1,
    ("hash_file", "128 MiB, md5"): 1.03,
    ("hash_file", "128 MiB, sha512"): 1.0,
    ("find_free_port", "the first is free"): 1.4,
    ("find_free_port", "50 busy"): 20,
    ("find_free_port", "500 busy"): 30,
    ("get_cpu_count", "no limit set"): 12,
    ("get_mem_size_gb", "no limit set"): 5,
    ("get_parallel_threads", "None"): 6,
    ("get_parallel_threads", "'kubernetes'"): 6,
    ("get_max_workers_for_file_mounts", "{}"): 6,
    ("get_max_workers_for_file_mounts", "10,000 entries"): 1.3,
    ("estimate_fd_for_directory", "10 entries"): 1.5,
    ("estimate_fd_for_directory", "10,000 entries"): 1.3,
    ("is_process_alive", "this process"): 50,
    ("is_process_alive", "no process"): 30,
    ("Config.get_nested", "20 lines: a leaf"): 10,
    ("Config.get_nested", "a team's configuration, 560 lines: a leaf"): 30,
    ("Config.get_nested", "100 workspaces: a leaf"): 30,
    ("Config.get_nested", "a team's configuration, 560 lines: workspaces"): 4,
    ("redact_sensitive_values", "20 lines"): 10,
    ("redact_sensitive_values", "a team's configuration, 560 lines"): 10,
    ("redact_sensitive_values", "100 workspaces"): 10,
    ("decode_payload", "a queue, 22 MB"): 3,
    ("decode_payload", "a log line"): 1.5,
    ("readable_time_duration", "5 minutes ago"): 80,
    ("readable_time_duration", "3 days ago"): 80,
    ("readable_time_duration", "1 hour 2 minutes, absolute"): 80,
    ("readable_time_duration", "a year, absolute"): 80,
    ("validate_schema", "a task"): 20,
    ("validate_schema", "a configuration, 20 lines"): 15,
    ("validate_schema", "a team's configuration, 560 lines"): 20,
    ("check_no_duplicate_keys", "a task"): 50,
    ("check_no_duplicate_keys", "300 documents"): 50,
    ("read_yaml_all_str", "300 documents"): 7,
    ("safe_load", "a cluster, 1,400 lines"): 5,
    ("dump_yaml_str", "a task"): 40,
    ("dump_yaml_str", "a team's configuration, 560 lines"): 40,
    ("dump_yaml_str", "a cluster, 1,400 lines"): 40,
}

#: A call that a native declines may cost at most a tenth more than the original alone.
DECLINED = 1 / 1.1
