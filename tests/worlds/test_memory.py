"""Where memory runs out, the caller gets MemoryError as the original's caller does; the process goes on."""

from __future__ import annotations

import pytest

from tests.attachment.test_processes import run

PROGRAM = """
import os, resource, sys, sky_rust
import sky.utils.common_utils as skys
import sky.utils.subprocess_utils
sky_rust.install()
name, path = {name!r}, {path!r}

def limited(call):
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + {more}, hard))
    try:
        return call()
    except MemoryError:
        return MemoryError
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

{prepare}
for function in ({function}, sky_rust.control(name)):
    outcome = limited(lambda: function(*arguments))
    assert outcome is MemoryError, (function, outcome)
assert {function}(*small) == sky_rust.control(name)(*small)
assert sky_rust.status()[name].backend == "rust", sky_rust.status()[name]
print("went on")
"""


@pytest.mark.parametrize(
    ("name", "function", "more", "prepare"),
    [
        (
            "read_last_n_lines",
            "skys.read_last_n_lines",
            150 << 20,
            """
with open(path, "wb") as file:
    for _ in range(200):
        file.write(b"50 %\\r" * (1 << 18))  # a progress bar: no newline at all
arguments, small = (path, 3, 64 << 20), (__import__("os").__file__, 3)
""",
        ),
        (
            "base36_encode",
            "skys.base36_encode",
            20 << 20,
            "arguments, small = ('f' * (200 << 20),), ('ff',)",
        ),
        (
            "dump_yaml_str",
            "sky.utils.yaml_utils.dump_yaml_str",
            6 << 20,
            """
import sky.utils.yaml_utils, yaml
sky.utils.yaml_utils.yaml.load_module()
arguments, small = ({"escaped": chr(233) * (3 << 20)},), ({"a": 1},)
assert sky.utils.yaml_utils.dump_yaml_str(*small)
""",
        ),
    ],
)
def test_memory_that_runs_out(tmp_path: object, name: str, function: str, more: int, prepare: str) -> None:
    path = f"{tmp_path}/log"
    ran = run(PROGRAM.format(name=name, function=function, more=more, prepare=prepare, path=path))
    assert ran.stdout == "went on\n"
