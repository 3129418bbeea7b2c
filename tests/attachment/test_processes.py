"""Tests that need a process of their own: switches in the environment, no SkyPilot, no compiled module."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import psutil
import pytest

import sky_rust
from sky_rust.cli import _exit
from tests.functions import ROOT

PACKAGE = Path(sky_rust.__file__).parent
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def run(code: str, *options: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a process of its own, away from this checkout, with the package that this process has."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SKY_RUST", "PYTHON"))}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", *options, "-c", code],
        env={**environment, "PYTHONPATH": str(PACKAGE.parent), **variables},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert not check or ran.returncode == 0, ran.stderr
    return ran


def test_off_means_not_even_imported() -> None:
    code = """
import sky_rust, sys
from sky_rust.utils import common_utils, subprocess_utils
import sky.utils.common_utils as skys
sky_rust.install(); sky_rust.enable("hash_file")
assert common_utils.format_float is skys.format_float
assert common_utils.format_float(2.5) == "2.5"
assert subprocess_utils.is_process_alive(1)
assert not sky_rust.is_rust_available()
assert set(one.backend for one in sky_rust.status().values()) == {"python"}
assert set(one.reason for one in sky_rust.status().values()) == {"switched off by SKY_RUST=0"}
assert all(one == (0, 0, 0, 0, 0, {}) for one in sky_rust.stats().values())
assert sky_rust.get_backend_info().reason == "switched off by SKY_RUST=0"
assert "sky_rust._native" not in sys.modules
"""
    run(code, SKY_RUST="0")


def test_one_function_off() -> None:
    code = """
import sky_rust
from sky_rust.utils import common_utils
assert sky_rust.status()["hash_file"][2:] == ("off", "python", "switched off by SKY_RUST_HASH_FILE=no")
assert sky_rust.status()["format_float"].backend == "rust"
sky_rust.enable("hash_file")
assert sky_rust.status()["hash_file"].backend == "rust"
"""
    run(code, SKY_RUST_HASH_FILE="No")


def test_an_unreadable_value_warns_once() -> None:
    code = """
import sky_rust
sky_rust.status()
from sky_rust.utils import common_utils
print(sky_rust.status()["hash_file"])
"""
    ran = run(code, SKY_RUST_HASH_FILE="nope")
    assert ran.stderr.count("SKY_RUST_HASH_FILE='nope'") == 1
    assert "backend='python'" in ran.stdout


def test_require() -> None:
    code = "import sky_rust; from sky_rust.utils import common_utils; print(sky_rust.status()['hash_file'].backend)"
    assert run(code, SKY_RUST="require").stdout == "rust\n"
    ran = run(
        "import sky_rust._process as p; p.native_obstacle = lambda: 'no compiled module: test'\n" + code,
        check=False,
        SKY_RUST="require",
    )
    assert ran.returncode == 1
    assert "ImportError: SKY_RUST=require: base36_encode can't run natively: no compiled module: test" in ran.stderr


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import sky_rust; print(*sorted(set(sys.modules) - before))"
    assert set(run(code).stdout.split()) <= {"__future__", "sky_rust"}


@pytest.fixture
def without_native(tmp_path: Path) -> Path:
    """A copy of the package with no compiled module."""
    shutil.copytree(PACKAGE, tmp_path / "sky_rust", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return tmp_path


PYTHON_ONLY = """
import sky_rust
assert sky_rust.__file__.startswith({root!r})
from sky_rust.utils import common_utils, subprocess_utils
import sky.utils.common_utils as skys
assert common_utils.format_float is skys.format_float
assert common_utils.base36_encode("ff") == "73"
assert subprocess_utils.estimate_fd_for_directory("/proc/nonexistent") == 5
assert set(one.backend for one in sky_rust.status().values()) == {{"python"}}
print(sky_rust.status()["hash_file"].reason)
"""


def test_without_the_compiled_module(without_native: Path) -> None:
    ran = run(PYTHON_ONLY.format(root=str(without_native)), PYTHONPATH=str(without_native))
    assert ran.stdout.startswith("no compiled module: this is the plain package, without compiled natives")
    oldest = re.search(r'^rust-version = "(.+)"$', (ROOT / "rust" / "Cargo.toml").read_text(encoding="utf-8"), re.M)
    assert oldest
    assert f"install Rust {oldest[1]} or newer" in ran.stdout


def test_with_a_compiled_module_of_another_python_alone(without_native: Path) -> None:
    (without_native / "sky_rust" / "_native.cpython-38-x86_64-linux-gnu.so").write_text("no library")
    ran = run(PYTHON_ONLY.format(root=str(without_native)), PYTHONPATH=str(without_native))
    assert "has _native.cpython-38-x86_64-linux-gnu.so, and this Python needs _native" in ran.stdout


@pytest.mark.parametrize("what", ["another Python's", "a text", "another architecture's"])
def test_with_a_compiled_module_that_does_not_fit(without_native: Path, what: str) -> None:
    module = without_native / "sky_rust" / f"_native{SUFFIX}"
    if what == "a text":
        module.write_text("no library")
    else:
        shutil.copy(PACKAGE / f"_native{SUFFIX}", module)
        data = bytearray(module.read_bytes())
        if what == "another architecture's":
            data[18] ^= 0xFF  # e_machine
        else:  # a symbol that this Python doesn't have, as where the module is built for another version
            needed = b"PyUnicode_New\0"
            assert needed in data
            data = bytearray(bytes(data).replace(needed, b"PyUnicode_Nxx\0"))
        module.write_bytes(data)
    ran = run(PYTHON_ONLY.format(root=str(without_native)), PYTHONPATH=str(without_native), LD_BIND_NOW="1")
    assert ran.stdout.startswith("no compiled module: ")


def site_without_skypilot(tmp_path: Path, *others: str) -> str:
    """A folder with sky-rust and the packages it needs, and no SkyPilot: the `sys.path` of a process of its own.

    Args:
        tmp_path: where it is made.
        others: further packages that it doesn't have, by their folders' names.
    """
    site = tmp_path / "site"
    site.mkdir()
    installed = Path(psutil.__file__).parents[1]
    for source in installed.iterdir():
        if not source.name.lower().startswith("sky") and source.name not in others:
            (site / source.name).symlink_to(source)
    (site / "sky_rust").symlink_to(PACKAGE)
    return str(site)


def isolated(site: str, code: str) -> None:
    """Runs code with the standard library and `site` alone."""
    run(f"import sys; sys.path.insert(0, {site!r})\n{code}", "-I", "-S")


def test_without_skypilot(tmp_path: Path) -> None:
    code = """
import sky_rust
from sky_rust.utils import common_utils, subprocess_utils
from sky_rust.reference import common_utils as reference
from unittest import mock
assert common_utils.format_float is reference.format_float
assert common_utils.format_float(2.5) == "2.5"
sky_rust.install()
backends = {one.backend for one in sky_rust.status().values()}
assert backends == {"rust"}, sky_rust.status()
assert sky_rust.status()["hash_file"].reason == "attached to sky_rust.reference.common_utils.hash_file"
with mock.patch("sky_rust.utils.common_utils.format_float") as patched:
    assert common_utils.format_float is patched
assert common_utils.format_float is reference.format_float
try:
    common_utils.make_cluster_name_on_cloud
except AttributeError as error:
    assert "SkyPilot is not installed" in str(error), error
else:
    raise AssertionError
try:
    from sky_rust.utils import ux_utils
except ImportError as error:
    assert "SkyPilot is not installed" in str(error), error
else:
    raise AssertionError
assert sky_rust.get_backend_info().skypilot == ""
assert "format_float" in dir(common_utils)
"""
    isolated(site_without_skypilot(tmp_path), code)


def test_without_skypilot_and_the_libraries_that_it_brings(tmp_path: Path) -> None:
    code = """
import sky_rust
from sky_rust.utils import common_utils, log_utils, yaml_utils
sky_rust.install()
def error_of(function, *args):
    try:
        function(*args)
    except ModuleNotFoundError as error:
        return error.name, str(error)
assert common_utils.format_float(2.5) == "2.5"
assert log_utils.human_duration(1, 3) == "2s"
for function, args, module, package in (
    (common_utils.validate_schema, ({}, {}, "", False), "jsonschema", "jsonschema"),
    (log_utils.readable_time_duration, (1, 3), "pendulum", "pendulum"),
    (yaml_utils.read_yaml_str, ("a: 1",), "yaml", "PyYAML"),
    (yaml_utils.dump_yaml_str, ({},), "yaml", "PyYAML"),
):
    name, sentence = error_of(function, *args)
    assert name == module, (name, sentence)
    assert sentence == (
        f"{function.__module__} needs {package}, which is not installed: pip install 'sky-rust[references]'"
    ), sentence
assert sky_rust.status()["read_yaml_str"].name == "read_yaml_str"
assert not hasattr(yaml_utils.yaml, "__wrapped__")
"""
    isolated(site_without_skypilot(tmp_path, "jsonschema", "pendulum", "yaml"), code)


def test_the_command_says_what_it_lacks(tmp_path: Path) -> None:
    site = site_without_skypilot(tmp_path, "click", "rich")
    code = f"import sys; sys.path.insert(0, {site!r}); from sky_rust.__main__ import main; main()"
    ran = run(code, "-I", "-S", check=False)
    assert ran.returncode == _exit.NOT_INSTALLED
    assert ran.stderr == (
        "Error: sky-rust needs click and rich, which are not installed: pip install 'sky-rust[cli]'\n"
    )
    assert ran.stdout == ""


def test_the_command_is_a_module() -> None:
    ran = subprocess.run([sys.executable, "-m", "sky_rust", "--version"], capture_output=True, text=True, check=False)
    assert ran.stdout == f"sky-rust, version {sky_rust.__version__}\n", ran.stderr


def test_without_skypilot_natives_are_the_references(tmp_path: Path) -> None:
    """All calls of the strategies, without an audit hook: one of SkyPilot's imports adds a hook in all other tests."""
    code = """
import sky_rust
from hypothesis import given, settings
from sky_rust import _skypilot
from sky_rust._registry import FUNCTIONS
from sky_rust.testing import assert_same_outcome, calls
sky_rust.install()
for line in FUNCTIONS:
    name, function = line.name, _skypilot.original(line)
    control = sky_rust.control(name)
    @settings(max_examples=150, derandomize=True, database=None, deadline=None)
    @given(calls(name))
    def for_every_call(call):
        for watch_records in (False, True):
            assert_same_outcome(control, function, call, watch_records=watch_records)
    for_every_call()
    assert sky_rust.stats()[name].answers > 20, (name, sky_rust.stats()[name])
"""
    isolated(site_without_skypilot(tmp_path), code)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="-X cpu_count came with 3.13")
def test_the_cpu_count_that_python_is_told() -> None:
    code = """
import sky_rust
from sky_rust.utils import common_utils, subprocess_utils
for cloud, threads in ((None, 63), ("kubernetes", 252)):
    assert subprocess_utils.get_parallel_threads(cloud) == threads
    assert sky_rust.control("get_parallel_threads")(cloud) == threads
assert sky_rust.stats()["get_parallel_threads"].answers == 2
assert subprocess_utils.get_max_workers_for_file_mounts({}) == sky_rust.control("get_max_workers_for_file_mounts")({})
common_utils.get_cpu_count()
assert common_utils.get_cpu_count() == sky_rust.control("get_cpu_count")()
"""
    run(code, PYTHON_CPU_COUNT="64")


def test_asserts_vanish_under_optimisation() -> None:
    code = """
import sky_rust
from sky_rust.utils import common_utils
assert False  # vanishes, or nothing here is shown
def outcome(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return repr(error)
for args in ((__import__("os").devnull, -1), ("/proc/nonexistent", 1), ("/etc/passwd", 2, 7), ("/etc/passwd", -1)):
    if outcome(common_utils.read_last_n_lines, *args) != outcome(sky_rust.control("read_last_n_lines"), *args):
        raise SystemExit(args)
print(sky_rust.status()["read_last_n_lines"].backend)
"""
    ran = run(code, PYTHONOPTIMIZE="1")
    assert ran.stdout == "rust\n"


DAEMONS = """
import threading, time
from sky_rust.utils import common_utils, subprocess_utils
with open({path!r}, "wb") as file:
    file.truncate(300 << 20)
common_utils.get_cpu_count()
def run():
    while True:
        {call}
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
time.sleep(0.3)
"""


@pytest.mark.parametrize(
    "call",
    [
        "common_utils.hash_file({path!r}, 'sha256')",
        "common_utils.read_last_n_lines({path!r}, 3)",
        "common_utils.get_cpu_count()",
        "common_utils.find_free_port(23456)",
        "common_utils.base36_encode('f' * 50_000)",
        "subprocess_utils.get_max_workers_for_file_mounts({{'a': '/tmp'}})",
    ],
)
def test_the_interpreter_ends_while_daemon_threads_call(tmp_path: Path, call: str) -> None:
    path = str(tmp_path / "large")
    run(DAEMONS.format(path=path, call=call.format(path=path)))


def test_a_mirror_is_imported_while_others_import() -> None:
    code = """
import faulthandler, threading, time
faulthandler.dump_traceback_later(60, exit=True)
import sky_rust.utils
def others():
    import sqlalchemy, pandas, aiohttp
thread = threading.Thread(target=others)
thread.start()
time.sleep(0.02)
from sky_rust.utils import common_utils
thread.join()
faulthandler.cancel_dump_traceback_later()
"""
    run(code)


def test_a_kill_switch_pulled_during_install() -> None:
    code = """
import signal, sky_rust
sky_rust.is_rust_available()
signal.signal(signal.SIGALRM, lambda *_: (sky_rust.disable("base36_encode"), sky_rust.status()))
signal.setitimer(signal.ITIMER_REAL, 0.2)
sky_rust.install("base36_encode")
import sky.utils.common_utils as skys
assert skys.base36_encode("ff") == "73"
assert sky_rust.status()["base36_encode"][2:4] == ("off", "python")
assert sky_rust.stats()["base36_encode"].answers == 0
"""
    run(code)


def test_a_skypilot_that_cannot_be_imported() -> None:
    code = """
import sys, sky_rust
sys.modules["sky.utils.common_utils"] = None
try:
    sky_rust.install("format_float")
except ImportError:
    pass
else:
    raise AssertionError
assert sky_rust.status()["format_float"].backend == "python"
assert sky_rust.get_backend_info().functions["format_float"] == "python"
"""
    run(code)


def test_what_profilers_see_fits_together() -> None:
    code = """
import sys, sky_rust
from sky_rust.utils import common_utils
events = []
def caller(function):
    function(1.25)
def watch(frame, event, argument):
    if frame.f_code.co_name in ("caller", "format_float"):
        events.append((event, frame.f_code.co_name, getattr(argument, "__name__", "")))
def seen(function):
    events.clear()
    sys.setprofile(watch)
    caller(function)
    sys.setprofile(None)
    return list(events)
expected = seen(sky_rust.control("format_float"))
found = seen(common_utils.format_float)
assert found in (expected, [event for event in expected if event[1] == "caller"]), found
"""
    run(code)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="_xxsubinterpreters makes no legacy ones before")
def test_a_subinterpreter_has_no_natives_and_takes_none_away() -> None:
    ran = run("""
import sky_rust
from sky_rust.reference import common_utils as reference
from sky_rust import _attachment
from sky_rust._registry import function
try:
    import _interpreters as interpreters
    create = lambda: interpreters.create("legacy")
except ImportError:
    import _xxsubinterpreters as interpreters
    create = lambda: interpreters.create(isolated=False)
_attachment.attach(function("format_float"), reference.format_float)
inside = create()
code = '''
import sky_rust
assert not sky_rust.is_rust_available()
status = sky_rust.status()["format_float"]
assert status.backend == "python", status
assert status.reason.startswith("not installed"), status
assert sky_rust.get_backend_info().reason == "natives are for the main interpreter, and this is a subinterpreter"
from sky_rust import _native
try:
    _native.attach("format_float", lambda num, precision=1: None)
except RuntimeError as error:
    assert "subinterpreter" in str(error)
else:
    raise AssertionError
'''
failed = interpreters.run_string(inside, code)
assert failed is None, failed
assert reference.format_float(2.5) == "2.5"
print(sky_rust.stats()["format_float"].answers)
""")
    assert ran.stdout == "1\n"
