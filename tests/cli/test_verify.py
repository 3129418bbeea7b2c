"""The output and the exit status of `sky-rust verify`; tests/differential/test_faults.py plants faults for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sky_rust import _native, _proof, _record
from tests.cli.test_cli import run
from tests.functions import NAMES

if TYPE_CHECKING:
    from pathlib import Path

FEW = ("--examples", "20")


def test_a_row_a_function() -> None:
    names = ["base36_encode", "truncate_long_string", "dump_yaml_str"]
    ran = run("verify", *names, *FEW)
    assert ran.returncode == 0, ran.stdout
    rows = [line.split() for line in ran.stdout.splitlines()[1 : 1 + len(names)]]
    assert [row[:2] for row in rows] == [[name, "same"] for name in names]
    assert all(int(row[2].replace(",", "")) > 20 for row in rows)
    assert "20 generated calls a function, --seed " in ran.stdout


def test_json_and_seed() -> None:
    ran = run("verify", "format_float", "base36_encode", *FEW, "--seed", "7", "--json")
    found = json.loads(ran.stdout)
    assert found["seed"] == 7
    assert found["abi"] == _proof.ABI
    assert set(found["skypilot"]["fingerprints"]) < set(NAMES)
    functions = found["functions"]
    assert [(one["function"], one["result"]) for one in functions] == [
        ("format_float", "same"),
        ("base36_encode", "same"),
    ]
    assert all(one["examples"] > 20 for one in functions)
    assert {one["fingerprint"] for one in functions} <= set(found["skypilot"]["fingerprints"].values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no_such",), "'no_such' is not one of"),
        (("format-flaot",), "Did you mean format_float?"),
        (("--examples", "0"), "0 is not in the range"),
        (("--examples", "499", "--record"), "--record needs at least 500 --examples"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    ran = run("verify", *arguments)
    assert ran.returncode == 2
    assert words in ran.stderr


def test_where_nothing_is_native_nothing_is_verified() -> None:
    ran = run("verify", SKY_RUST="0")
    assert ran.returncode == 3
    assert "there is nothing to verify: switched off by SKY_RUST=0" in ran.stderr
    ran = run("verify", "format_float", *FEW, SKY_RUST_FORMAT_FLOAT="0")
    assert ran.returncode == 3
    assert "switched off by SKY_RUST_FORMAT_FLOAT=0" in ran.stdout


def test_without_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; from sky_rust.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, "verify"],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 4
    sentence = "sky-rust verify needs Hypothesis, which is not installed: pip install 'sky-rust[verify]'"
    assert sentence in ran.stderr


def test_what_is_recorded(tmp_path: Path) -> None:
    ran = run("verify", "get_parallel_threads", "--record", "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    proofs = _record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json"))
    document = json.loads(ran.stdout)
    release = document["skypilot"]["release"]
    assert proofs.files == {release: document["skypilot"]["files"]}
    (fingerprint,) = proofs.proven["get_parallel_threads"]
    native = _native.digest("get_parallel_threads")
    (one,) = document["functions"]
    assert one["examples"] >= 500
    assert proofs.proven == {"get_parallel_threads": {fingerprint: {_proof.ABI: {native: {release: one["examples"]}}}}}
    assert proofs.libraries == {}


def test_libraries_are_recorded(tmp_path: Path) -> None:
    ran = run("verify", "get_cpu_count", "--record", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    proofs = _record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json"))
    ((digest, release),) = proofs.libraries["psutil"].items()
    assert (digest, release) == _native.library("get_cpu_count", "psutil")
    assert proofs.has("get_cpu_count", digest, _proof.ABI, _native.digest("get_cpu_count"))
    assert os.listdir(tmp_path / "sky-rust") == ["proofs.json"]


def test_every_exit_status_is_in_a_help() -> None:
    import click

    from sky_rust.cli import _exit, main

    helps = [command.get_help(click.Context(command)) for command in main.commands.values()]
    told = {line.split()[0] for text in helps for line in text.partition("Exit status:")[2].splitlines() if line}
    numbers = {value for name, value in vars(_exit).items() if name.isupper()}
    assert {str(number) for number in numbers} <= told


@pytest.mark.parametrize("command", ["verify", "status", "bench"])
def test_a_skypilot_that_cannot_be_imported(command: str, tmp_path: Path) -> None:
    if not _proof._skypilot.has_skypilot():
        pytest.skip("SkyPilot is not installed")
    (tmp_path / "file").touch()
    ran = run(command, HOME=str(tmp_path / "file"))  # where SkyPilot can't make its folder
    assert ran.returncode == 6
    assert "SkyPilot can't be imported: NotADirectoryError" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("what", ["a file for the folder", "a folder for the file"])
def test_what_cannot_be_recorded_is_said_before_the_work(tmp_path: Path, what: str) -> None:
    if what == "a folder for the file":
        (tmp_path / "sky-rust" / "proofs.json").mkdir(parents=True)
    else:
        (tmp_path / "sky-rust").touch()
    ran = run("verify", "format_float", "--record", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.returncode == 5
    assert "proofs.json can't be written" in ran.stderr
    assert "format_float" not in ran.stdout + ran.stderr


#: The command line, with code of ours before it.
PATCHED = """
import sys
{code}
from sky_rust.cli import main
sys.argv[0] = "sky-rust"
main()
"""


def start(code: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PATCHED.format(code=code), *arguments],
        env={**os.environ, "COLUMNS": "160", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_held_is_shown_although_it_cannot_be_kept(tmp_path: Path) -> None:
    code = """
from sky_rust import _record
def write(proofs, path):
    raise OSError(28, "No space left on device")
_record.Proofs.write = write
"""
    ran = start(code, "verify", "get_parallel_threads", "--record", XDG_CONFIG_HOME=str(tmp_path))
    out, err = ran.communicate(timeout=100)
    assert ran.returncode == 5
    assert out.splitlines()[1].split()[:2] == ["get_parallel_threads", "same"]
    assert "nothing was recorded: [Errno 28] No space left on device" in err


def test_ctrl_c_keeps_what_was_found(tmp_path: Path) -> None:
    names = ("get_parallel_threads", "format_float", "base36_encode")
    code = """
from sky_rust.testing import _verify
whole = _verify.verify
def verify(name, **options):
    return whole(name, **{**options, "examples": 500 if name == "get_parallel_threads" else 10**7})
_verify.verify = verify
"""
    ran = start(code, "verify", *names, "--record", "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.stderr is not None
    while "format_float" not in ran.stderr.readline():
        assert ran.poll() is None
    out = err = ""
    for _ in range(10):
        ran.send_signal(signal.SIGINT)
        # Code of a finalizer or a callback may have swallowed it: then Ctrl-C is pressed once more.
        with contextlib.suppress(subprocess.TimeoutExpired):
            out, err = ran.communicate(timeout=9)
            break
    assert ran.returncode == 130, err
    document = json.loads(out)
    assert [(one["function"], one["result"]) for one in document["functions"]] == [("get_parallel_threads", "same")]
    assert document["not_verified"] == ["format_float", "base36_encode"]
    assert "Ctrl-C came: not verified: format_float, base36_encode" in err
    assert list(_record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json")).proven) == ["get_parallel_threads"]


def test_ctrl_c_before_the_work() -> None:
    code = """
from sky_rust.cli import _report
def interrupted():
    raise KeyboardInterrupt
_report.import_skypilot = interrupted
"""
    ran = start(code, "verify", "format_float")
    _, err = ran.communicate(timeout=100)
    assert ran.returncode == 130, err
    assert err == "Ctrl-C came\n"


def test_ctrl_c_while_the_progress_is_shown() -> None:
    code = """
from sky_rust.cli import _progress
def begin(*_):
    raise KeyboardInterrupt
_progress.Steps.begin = begin
"""
    ran = start(code, "verify", "format_float")
    _, err = ran.communicate(timeout=100)
    assert ran.returncode == 130, err
    assert "Ctrl-C came: not verified: format_float" in err


def test_ctrl_c_while_the_smallest_call_is_sought() -> None:
    code = """
from sky_rust.testing import _suite
made = []
def differs(control, function, call, **options):
    made.append(call)
    if len(made) > 5:
        raise KeyboardInterrupt
    raise _suite.MismatchError("format_float", call, ["  planted"], **options)
_suite.assert_same_outcome = differs
"""
    ran = start(code, "verify", "format_float")
    out, err = ran.communicate(timeout=100)
    assert ran.returncode == 130, err
    assert "format_float differs." in out
    assert "planted" in out


def test_a_crash_has_a_status_of_its_own_and_loses_nothing(tmp_path: Path) -> None:
    code = """
from sky_rust.testing import _verify
whole = _verify.verify
def verify(name, **options):
    if name == "format_float":
        raise RuntimeError("planted")
    return whole(name, **options)
_verify.verify = verify
"""
    arguments = ("verify", "get_parallel_threads", "format_float", "--record")
    ran = start(code, *arguments, XDG_CONFIG_HOME=str(tmp_path))
    out, err = ran.communicate(timeout=100)
    assert ran.returncode == 70
    assert "RuntimeError: planted" in err
    assert "the suite of format_float crashed" in err
    assert "same" in out
    assert list(_record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json")).proven) == ["get_parallel_threads"]
    ran = start(code, *arguments, "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert not ran.communicate(timeout=100)[0]  # `nox -s prove` takes a document for what it is about


def test_a_log_shows_the_progress() -> None:
    lines = run("verify", "format_float", "base36_encode", *FEW).stderr.splitlines()
    assert [line.split(": ")[-1] for line in lines] == ["format_float", "base36_encode"]
    assert lines[1].startswith(" 50 % after ")
