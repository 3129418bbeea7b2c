"""Whatever an original looks up may be replaced: the result follows, and comes back with the original."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pkgutil
import socket
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust.testing import Call, assert_same_outcome
from tests.functions import MODULES, candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("attached")

CU, SU = "sky.utils.common_utils", "sky.utils.subprocess_utils"

CALLS = {
    "base36_encode": Call(("ff",)),
    "format_float": Call((2.5,)),
    "truncate_long_string": Call(("word " * 20,)),
    "read_last_n_lines": Call((__file__, 3)),
    "hash_file": Call((__file__, "md5")),
    "find_free_port": Call((23456,)),
    "get_cpu_count": Call(),
    "get_mem_size_gb": Call(),
    "get_parallel_threads": Call(("aws",)),
    "get_max_workers_for_file_mounts": Call(({"a": os.path.dirname(__file__)},)),
    "is_process_alive": Call((os.getpid(),)),
    "estimate_fd_for_directory": Call((os.path.dirname(__file__),)),
}


def replaced(target: str, value: Any = None, **options: Any) -> Callable[[], Any]:
    """`mock.patch(target, ...)`: by default with a spy on what was there."""
    if value is None and not options:
        return lambda: spied(target)
    return lambda: mock.patch(target, value, **options) if value is not None else mock.patch(target, **options)


@contextlib.contextmanager
def spied(target: str) -> Iterator[None]:
    path, name = target.rsplit(".", 1)
    owner = pkgutil.resolve_name(path)
    original = getattr(owner, name)
    with mock.patch.object(owner, name, side_effect=original, wraps=original):
        yield


def swapped(target: str, other: str) -> Any:
    """What is at `other`, at `target`."""
    return mock.patch(target, pkgutil.resolve_name(other))


@contextlib.contextmanager
def attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute set by hand, where there may have been none of its own."""
    with mock.patch.object(owner, name, value, create=True):
        yield


@contextlib.contextmanager
def deleted(owner: Any, name: str) -> Iterator[None]:
    value = getattr(owner, name)
    delattr(owner, name)
    try:
        yield
    finally:
        setattr(owner, name, value)


def lazy_psutil() -> Any:
    from sky.utils import common_utils

    return common_utils.psutil


def logger_of(module: str) -> logging.Logger:
    return logging.getLogger(f"sky.utils.{module}")


PATCHES: list[tuple[str, str, Callable[[], Any]]] = [
    ("base36_encode", "a global hides divmod", replaced(f"{CU}.divmod", lambda a, b: (0, 7), create=True)),
    ("base36_encode", "a global hides int", replaced(f"{CU}.int", lambda *a: 35, create=True)),
    ("base36_encode", "builtins.divmod", replaced("builtins.divmod", lambda a, b: (0, 7))),
    ("format_float", "a global hides isinstance", replaced(f"{CU}.isinstance", lambda *a: True, create=True)),
    ("format_float", "a global hides str", replaced(f"{CU}.str", lambda *a: "x", create=True)),
    ("truncate_long_string", "a global hides len", replaced(f"{CU}.len", lambda s: 10**6, create=True)),
    ("truncate_long_string", "a global hides enumerate", replaced(f"{CU}.enumerate", lambda s: [(1, "")], create=True)),
    ("read_last_n_lines", "builtins.open", replaced("builtins.open", new_callable=mock.mock_open, read_data=b"x")),
    ("read_last_n_lines", "open in the module", replaced(f"{CU}.open", mock.mock_open(read_data=b"y"), create=True)),
    ("read_last_n_lines", "os.path.exists", replaced("os.path.exists", lambda path: False)),
    ("read_last_n_lines", "os.stat", replaced("os.stat")),
    ("read_last_n_lines", "os.SEEK_END", replaced("os.SEEK_END", 0)),
    ("read_last_n_lines", "min in the module", replaced(f"{CU}.min", lambda *a: 1, create=True)),
    ("read_last_n_lines", "os itself", replaced(f"{CU}.os", mock.Mock(wraps=os, SEEK_END=2))),
    ("hash_file", "hashlib.new", replaced("hashlib.new", lambda name: hashlib.sha1(b"seed"))),
    ("hash_file", "hashlib in the module", replaced(f"{CU}.hashlib", mock.Mock(new=lambda name: hashlib.sha1(b"s")))),
    ("hash_file", "_hashlib.new", replaced("_hashlib.new", lambda *a, **k: hashlib.sha1(b"seed"))),
    ("hash_file", "builtins.open", replaced("builtins.open")),
    ("hash_file", "bytearray in the module", replaced(f"{CU}.bytearray", lambda n: bytearray(10), create=True)),
    ("find_free_port", "socket.socket", replaced("socket.socket", new_callable=mock.MagicMock)),
    (
        "find_free_port",
        "bind of every socket",
        lambda: attribute(socket.socket, "bind", lambda self, address: None if address[1] > 23460 else [][0]),
    ),
    ("find_free_port", "socket.AF_INET", replaced("socket.AF_INET", socket.AF_INET6)),
    ("find_free_port", "the logger", replaced(f"{CU}.logger", new_callable=mock.MagicMock)),
    ("find_free_port", "Logger.debug", replaced("logging.Logger.debug", lambda *a, **k: None)),
    ("find_free_port", "this logger's debug", lambda: attribute(logger_of("common_utils"), "debug", lambda *a: None)),
    ("find_free_port", "the record factory", replaced("logging._logRecordFactory", lambda *a, **k: mock.MagicMock())),
    ("find_free_port", "range in the module", replaced(f"{CU}.range", lambda *a: [9], create=True)),
    ("find_free_port", "a bound method as debug", lambda: attribute(logging.Logger, "debug", [].append)),
    (
        "find_free_port",
        "a bound method as bind",
        lambda: attribute(socket.socket, "bind", mock.Mock(side_effect=OSError("busy")).__call__),
    ),
    ("get_cpu_count", "a bound method as __getitem__", replaced("os._Environ.__getitem__", {"x": 1}.__getitem__)),
    ("get_cpu_count", "another helper", lambda: swapped(f"{CU}._cpu_count", f"{CU}._is_cgroup_v2")),
    ("get_cpu_count", "os.environ.decodevalue", replaced("os.environ.decodevalue", lambda value: "9")),
    ("estimate_fd_for_directory", "another of os.path's", lambda: swapped("os.path.isdir", "os.path.exists")),
    ("is_process_alive", "another method", lambda: swapped("psutil.Process.is_running", "psutil.Process.parent")),
    ("is_process_alive", "os.path.exists", replaced("os.path.exists", lambda path: True)),
    ("get_cpu_count", "psutil.cpu_count", replaced("psutil.cpu_count", lambda: 1)),
    ("get_cpu_count", "the lazy import's cpu_count", lambda: attribute(lazy_psutil(), "cpu_count", lambda: 1)),
    ("get_cpu_count", "psutil in the module", replaced(f"{CU}.psutil", mock.Mock(cpu_count=lambda: 1))),
    ("get_cpu_count", "psutil's platform", replaced("psutil._psplatform.cpu_count_logical", lambda: 1)),
    ("get_cpu_count", "os.sysconf", replaced("os.sysconf", lambda name: 1)),
    ("get_cpu_count", "no os.sched_getaffinity", lambda: deleted(os, "sched_getaffinity")),
    ("get_cpu_count", "os.sched_getaffinity", replaced("os.sched_getaffinity", lambda pid: {0})),
    ("get_cpu_count", "_get_cgroup_cpu_limit", replaced(f"{CU}._get_cgroup_cpu_limit", lambda: 1.5)),
    ("get_cpu_count", "_is_cgroup_v2", replaced(f"{CU}._is_cgroup_v2", lambda: True)),
    ("get_cpu_count", "_cpu_count", replaced(f"{CU}._cpu_count", lambda: 77)),
    ("get_cpu_count", "os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
    ("get_cpu_count", "os.environ", replaced("os.environ", {"SKYPILOT_POD_CPU_CORE_LIMIT": "5"})),
    ("get_cpu_count", "os.environ.get", replaced("os.environ.get", lambda name, default=None: "6")),
    ("get_cpu_count", "os._Environ.__getitem__", replaced("os._Environ.__getitem__", lambda self, name: "8")),
    (
        "get_cpu_count",
        "builtins.open",
        replaced("builtins.open", new_callable=mock.mock_open, read_data="50000 100000"),
    ),
    ("get_cpu_count", "os.path.isfile", replaced("os.path.isfile", lambda path: True)),
    ("get_cpu_count", "os.stat", replaced("os.stat")),
    ("get_cpu_count", "min in the module", replaced(f"{CU}.min", max, create=True)),
    ("get_mem_size_gb", "psutil.virtual_memory", replaced("psutil.virtual_memory", lambda: mock.Mock(total=2**31))),
    ("get_mem_size_gb", "PROCFS_PATH", replaced("psutil.PROCFS_PATH", "/nonexistent")),
    ("get_mem_size_gb", "psutil's platform", replaced("psutil._psplatform.virtual_memory", lambda: mock.Mock(total=7))),
    ("get_mem_size_gb", "_get_cgroup_memory_limit", replaced(f"{CU}._get_cgroup_memory_limit", lambda: 2**30)),
    ("get_mem_size_gb", "_mem_size_gb", replaced(f"{CU}._mem_size_gb", lambda: 0.5)),
    ("get_mem_size_gb", "os.getenv", replaced("os.getenv", lambda name, default=None: "3")),
    ("get_parallel_threads", "os.cpu_count", replaced("os.cpu_count", lambda: 64)),
    ("get_parallel_threads", "os.cpu_count is unsure", replaced("os.cpu_count", lambda: None)),
    ("get_parallel_threads", "_get_thread_multiplier", replaced(f"{SU}._get_thread_multiplier", lambda cloud: 9)),
    ("get_parallel_threads", "max in the module", replaced(f"{SU}.max", lambda *a: 100, create=True)),
    ("get_max_workers_for_file_mounts", "getrlimit", replaced("resource.getrlimit", lambda which: (2000, 2000))),
    ("get_max_workers_for_file_mounts", "os.listdir", replaced("os.listdir", lambda path: ["x"] * 10**6)),
    ("get_max_workers_for_file_mounts", "os.path.isdir", replaced("os.path.isdir", lambda path: False)),
    ("get_max_workers_for_file_mounts", "threads", replaced(f"{SU}.get_parallel_threads", lambda cloud: 1)),
    ("get_max_workers_for_file_mounts", "os.cpu_count", replaced("os.cpu_count", lambda: 640)),
    ("get_max_workers_for_file_mounts", "the logger", replaced(f"{SU}.logger", new_callable=mock.MagicMock)),
    ("estimate_fd_for_directory", "os.listdir", replaced("os.listdir", lambda path: ["x"] * 9)),
    ("estimate_fd_for_directory", "os.path.isdir", replaced("os.path.isdir", lambda path: False)),
    (
        "is_process_alive",
        "psutil.Process",
        replaced("psutil.Process", mock.Mock(return_value=mock.Mock(is_running=bool))),
    ),
    ("is_process_alive", "is_running", replaced("psutil.Process.is_running", lambda self: False)),
    ("is_process_alive", "PROCFS_PATH", replaced("psutil.PROCFS_PATH", "/nonexistent")),
    ("is_process_alive", "create_time", replaced("psutil._psplatform.Process.create_time", lambda *a, **k: id(a[0]))),
]


@pytest.mark.parametrize(("name", "what", "patch"), PATCHES, ids=lambda it: it if isinstance(it, str) else "")
def test_the_result_follows_a_patch(name: str, what: str, patch: Callable[[], Any]) -> None:
    function, control, call = candidate(name), sky_rust.control(name), CALLS[name]
    call(function)
    before = sky_rust.stats()[name]
    with patch():
        try:
            expected = repr(call(control))
        except Exception as error:
            expected = repr(error)
        try:
            found = repr(call(function))
        except Exception as error:
            found = repr(error)
        reason = sky_rust.status()[name].reason
    during = sky_rust.stats()[name]
    if name != "hash_file":  # whose repr has an address
        assert found == expected
    assert (during.answers, during.declines) == (before.answers, before.declines + 1)
    # What CPython 3.13 doesn't say, a call finds out.
    assert reason.startswith("declines at the moment: ") or "decodevalue" in what
    assert_same_outcome(control, function, call)
    assert sky_rust.stats()[name].answers == during.answers + 1
    assert sky_rust.status()[name].backend == "rust"


def test_hash_file_follows_a_patch_of_hashlib() -> None:
    with mock.patch("hashlib.new", lambda name: hashlib.sha1(b"seed")):
        found = candidate("hash_file")(__file__, "md5").hexdigest()
        assert found == sky_rust.control("hash_file")(__file__, "md5").hexdigest()


def test_a_hash_object_of_somebodys_own() -> None:
    class Keeper:
        name, digest_size, block_size = "keeper", 1, 1

        def __init__(self, data: bytes = b"") -> None:
            self.views: list[memoryview] = []

        def update(self, view: memoryview) -> None:
            self.views.append(view)

    constructors: Any = hashlib.__dict__["__builtin_constructor_cache"]
    with mock.patch.dict(constructors, {"keeper": Keeper}):
        before = sky_rust.stats()["hash_file"]
        kept: Any = candidate("hash_file")(__file__, "keeper")
        assert sky_rust.stats()["hash_file"].answers == before.answers
        assert kept.views


def test_installed_inside_a_patch() -> None:
    sky_rust.uninstall("get_cpu_count")
    function = candidate("get_cpu_count")
    with mock.patch("psutil.cpu_count", lambda: 1), mock.patch("os.sched_getaffinity", lambda pid: {0}):
        sky_rust.install("get_cpu_count")
        assert function() == 1
    before = sky_rust.stats()["get_cpu_count"].answers
    assert function() == sky_rust.control("get_cpu_count")()
    assert sky_rust.stats()["get_cpu_count"].answers == before + 1


def test_an_original_that_is_patched_away_is_left_alone() -> None:
    sky_rust.uninstall("format_float")
    with mock.patch(f"{CU}.format_float", lambda num: "mock") as patched:
        sky_rust.install("format_float")
        assert candidate("format_float") is patched
        assert "patched" in sky_rust.status()["format_float"].reason
    sky_rust.install("format_float")
    assert sky_rust.status()["format_float"].backend == "rust"


def plus(number: float, precision: int = 1) -> str:
    return f"plus {number} {precision}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("__code__", plus.__code__), ("__defaults__", (3,)), ("__defaults__", None), ("__kwdefaults__", {"precision": 2})],
)
def test_another_code_or_other_defaults(field: str, value: Any) -> None:
    function = candidate("format_float")
    was = getattr(function, field)
    setattr(function, field, value)
    try:
        control = sky_rust.control("format_float")
        for call in (Call((2.345,)), Call((2.345, 2)), Call((), {"num": 2.345})):
            try:
                expected = call(control)
            except TypeError as error:
                with pytest.raises(TypeError, match=str(error).replace("(", r"\(").replace(")", r"\)")):
                    call(function)
            else:
                assert call(function) == expected
        assert sky_rust.status()["format_float"].backend == "python"
        assert "replaced" in sky_rust.status()["format_float"].reason
        sky_rust.uninstall("format_float")
        assert getattr(function, field) == value
    finally:
        setattr(function, field, was)
        sky_rust.install("format_float")
    assert sky_rust.status()["format_float"].backend == "rust"


def test_code_that_somebody_kept_and_puts_back() -> None:
    function = candidate("format_float")
    kept = function.__code__
    sky_rust.uninstall("format_float")
    function.__code__ = kept
    sky_rust.install("format_float")
    before = sky_rust.stats()["format_float"]
    assert function(2.5) == "2.5"
    assert function(True) == "True"
    after = sky_rust.stats()["format_float"]
    assert (after.answers, after.declines) == (before.answers + 1, before.declines + 1)
    sky_rust.uninstall("format_float")
    assert function.__code__ is sky_rust.control("format_float").__code__


def test_other_code_and_back_needs_no_more_than_an_install() -> None:
    function, own = candidate("format_float"), sky_rust.control("format_float").__code__
    function.__code__ = plus.__code__
    sky_rust.install("format_float")
    assert "code that is not SkyPilot's" in sky_rust.status()["format_float"].reason
    assert function(2.5).startswith("plus")
    function.__code__ = own
    sky_rust.install("format_float")
    before = sky_rust.stats()["format_float"].answers
    assert function(2.5) == "2.5"
    assert sky_rust.stats()["format_float"].answers == before + 1


def test_one_patch_under_both_names() -> None:
    from sky.utils import common_utils as skys

    from sky_rust.utils import common_utils as ours

    for target in ("sky.utils.common_utils.format_float", "sky_rust.utils.common_utils.format_float"):
        with mock.patch(target) as patched:
            assert skys.format_float is ours.format_float is patched
        assert skys.format_float is ours.format_float is not patched
        assert ours.format_float(2.0) == "2"


def test_autospec_and_wraps() -> None:
    with mock.patch(f"{CU}.format_float", autospec=True) as spec:
        candidate("format_float")(1.5, precision=2)
        spec.assert_called_once_with(1.5, precision=2)
        with pytest.raises(TypeError):
            candidate("format_float")()


def test_names_have_a_call() -> None:
    assert set(CALLS) == set(MODULES)
    assert {name for name, *_ in PATCHES} == set(MODULES)
