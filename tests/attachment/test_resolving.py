"""Guards are resolved in the middle of a call: code that runs there, or changes things there, must not be felt."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import sky_rust
from sky_rust import _attachment, _native, _record, _skypilot
from sky_rust._registry import function
from sky_rust.testing import Verdict
from tests.attachment.test_dispatch import KEYWORDS, pytestmark  # noqa: F401  (a developers' build)
from tests.attachment.test_processes import run
from tests.functions import candidate

if TYPE_CHECKING:
    from pathlib import Path


def made() -> Any:
    """A function like the probe's, with defaults of its own."""

    def with_keywords(first: object, second: object = 2, *, third: object = 1, fourth: object = "answer") -> object:
        return "python"

    return with_keywords


def test_a_finalizer_that_detaches_while_a_snapshot_is_dropped() -> None:
    """The last reference to the old default is the old snapshot's: the call goes on as if nothing were attached."""

    class Detaches:
        def __del__(self) -> None:
            _attachment.detach(KEYWORDS)

    probe = made()
    probe.__kwdefaults__["third"] = Detaches()
    _attachment.attach(KEYWORDS, probe)
    assert probe(1, second=2)[0] == 1
    probe.__kwdefaults__["third"] = 5
    assert probe(1, second=2) == "python"
    assert _attachment.target(KEYWORDS) is None


def test_a_finalizer_that_changes_a_default_while_a_snapshot_is_dropped() -> None:
    class Changes:
        def __del__(self) -> None:
            probe.__kwdefaults__["third"] = "changed"

    probe = made()
    probe.__kwdefaults__["third"] = Changes()
    _attachment.attach(KEYWORDS, probe)
    try:
        assert probe(1)[1:] == (2, probe.__kwdefaults__["third"], "answer")
        probe.__kwdefaults__["third"] = "set"
        # On 3.11 the interpreter has taken the defaults before it asks the native.
        taken = "set" if sys.version_info[:2] == (3, 11) else "changed"
        assert probe(1) == (1, 2, taken, "answer")
    finally:
        _attachment.detach(KEYWORDS)


def test_another_thread_that_switches_off_while_a_finalizer_waits() -> None:
    run("""
import logging, threading, sky_rust
import sky.utils.common_utils as skys
sky_rust.install()
go, done = threading.Event(), threading.Event()

class Waits:
    def __del__(self):
        go.set()
        done.wait(5)  # the GIL goes to the other thread

def switch():
    go.wait()
    sky_rust.disable("find_free_port")
    done.set()

threading.Thread(target=switch, daemon=True).start()
own, other = skys.logger, logging.Logger("other")
other.waits, other.parent, other.manager = Waits(), own.parent, own.manager
skys.logger = other
skys.find_free_port(start_port=20000)
skys.logger = own
del other
assert skys.find_free_port(start_port=20000) >= 20000
assert go.is_set() and sky_rust.status()["find_free_port"].switch == "off"
""")


@pytest.mark.usefixtures("attached")
def test_a_call_from_a_sandbox_and_an_import_hook() -> None:
    """No import happens, so that neither the caller's `__builtins__` nor a hook on `__import__` matters."""
    from sky.utils import common_utils

    call = candidate("format_float")
    hook = mock.Mock(side_effect=KeyboardInterrupt)
    before = sky_rust.stats()["format_float"].answers
    for run_call in (
        lambda: exec("call(1.5)", {"__builtins__": {}, "call": call}),
        lambda: call(1.5),
    ):
        with mock.patch.object(common_utils, "int", int, create=True):
            pass  # a snapshot that is stale
        with mock.patch("builtins.__import__", hook):
            run_call()
    hook.assert_not_called()
    assert sky_rust.stats()["format_float"].answers == before + 2


def test_a_snapshot_is_of_one_attachment() -> None:
    """What was resolved for one function says nothing of another."""
    from sky.utils import common_utils

    line, own = function("format_float"), sky_rust.control("format_float")
    patched = {**vars(common_utils), "isinstance": lambda *_: True}
    first, second = (
        types.FunctionType(own.__code__, scope, own.__name__, own.__defaults__)
        for scope in (vars(common_utils), patched)
    )
    try:
        _attachment.attach(line, first)
        assert first(2.0) == "2"
        _attachment.attach(line, second)
        assert second(2.0) == "2.0"
    finally:
        _attachment.detach(line)


def test_a_call_while_the_interpreter_ends() -> None:
    ran = run("""
import os, sys, types, sky_rust
import sky.utils.common_utils as skys
sky_rust.install()

class Late:
    def __init__(self):
        self.call, self.scope, self.write = skys.format_float, vars(skys), os.write
    def __del__(self):
        self.scope["int"] = int  # a snapshot that is stale
        del self.scope["int"]
        self.write(1, self.call(1234.5).encode())

skys.format_float(1.5)
module = types.ModuleType("late")
module.late = Late()
sys.modules["late"] = module
del module
""")
    assert ran.stdout == "1234.5"
    assert "panicked" not in ran.stderr


@pytest.mark.usefixtures("attached")
def test_a_lazy_import_that_is_patched_is_not_pending() -> None:
    from sky.utils import common_utils

    fake = mock.MagicMock()
    fake.cpu_count.return_value = 1
    before = sky_rust.stats()["get_cpu_count"].declines
    with mock.patch.object(common_utils.psutil, "_module", fake):
        candidate("get_cpu_count")()
        status = sky_rust.status()["get_cpu_count"]
    assert (status.backend, sky_rust.stats()["get_cpu_count"].declines) == ("python", before + 1)
    assert "declines at the moment" in status.reason


@pytest.mark.usefixtures("attached")
def test_the_library_is_the_one_that_the_original_reaches() -> None:
    """Another module under the library's name in `sys.modules` is no reason to believe in the original's."""
    import psutil

    other = types.ModuleType("psutil")
    vars(other).update(vars(psutil))
    from sky.utils import common_utils

    with mock.patch.object(common_utils.psutil, "_module", other):
        before = sky_rust.stats()["get_cpu_count"].declines
        candidate("get_cpu_count")()
        assert sky_rust.stats()["get_cpu_count"].declines == before + 1
        assert "is not the module that is imported under its name" in sky_rust.status()["get_cpu_count"].reason


@pytest.mark.parametrize(
    "where", ["sys.modules['psutil'] = types.ModuleType('psutil')", "psutil._common.__file__ = '/no.zip'"]
)
def test_a_library_that_cannot_be_read(where: str) -> None:
    ran = run(f"""
import sys, types, psutil, sky_rust
import sky.utils.common_utils
{where}
sky_rust.install()
status = sky_rust.status()
print(sorted(name for name, one in status.items() if one.backend != "rust"))
assert all(one.reason for one in status.values())
""")
    assert set(eval(ran.stdout)) <= {"get_cpu_count", "get_mem_size_gb", "is_process_alive"}


def test_a_library_that_was_replaced_under_a_running_process(tmp_path: Path) -> None:
    """The code that runs is not in the files any more: nobody can say what it is, and so it is not proven."""
    code = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import psutil, sky_rust
import sky.utils.common_utils as skys
assert psutil.__file__.startswith(sys.argv[1])
time.sleep(0.1)
os.utime(psutil._common.__file__)  # as an upgrade leaves it, with the same content
sky_rust.install()
skys.get_cpu_count(); skys.get_cpu_count()
print(sky_rust.status()["get_cpu_count"].reason)
"""
    import shutil
    import time
    from pathlib import Path as Place

    import psutil

    shutil.copytree(Place(psutil.__file__).parent, tmp_path / "psutil")
    time.sleep(0.1)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "has changed since this process began; start it again" in ran.stdout, ran.stderr


def test_a_refused_call_counts_as_declined() -> None:
    from sky.utils import common_utils

    line = function("get_cpu_count")
    common_utils.psutil.load_module()
    try:
        _attachment.attach(line, _skypilot.original(line), proven={"psutil": []}, required=True)
        answers, declines, *_ = _native.counts(line.name)
        with pytest.raises(
            ImportError, match=r"SKY_RUST=require: get_cpu_count can't run natively: psutil .* is not proven"
        ):
            common_utils.get_cpu_count()
        assert _native.counts(line.name)[:2] == (answers, declines + 1)
    finally:
        _attachment.detach(line)


def test_a_function_with_neither_original_nor_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    from sky.utils import common_utils

    from sky_rust.reference import common_utils as reference

    monkeypatch.delattr(common_utils, "format_float")
    monkeypatch.delattr(reference, "format_float")
    try:
        sky_rust.install()
        status = sky_rust.status()
        assert status["format_float"].reason == (
            "format_float has no reference: write it in sky_rust/reference/common_utils.py"
        )
        assert status["base36_encode"].backend == "rust"
    finally:
        sky_rust.uninstall()


def test_a_refuted_native_is_proven_no_longer() -> None:
    same = Verdict("format_float", "same", examples=500, fingerprint="f", native="n")
    proofs = _record.Proofs.none()
    proofs.note(same, "abi", "0.14.0")
    assert proofs.has("format_float", "f", "abi", "n")
    proofs.note(same._replace(result="differs"), "abi", "0.14.1")
    assert not proofs.has("format_float", "f", "abi", "n")
    assert proofs.refuted == {"format_float": {"f": {"n": "differs from what its native mirrors"}}}
    proofs.note(same, "abi", "0.14.1")
    assert proofs.has("format_float", "f", "abi", "n")
    assert not proofs.refuted["format_float"]["f"]
