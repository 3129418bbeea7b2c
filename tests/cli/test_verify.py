"""The output and the exit status of `sky-rust verify`; tests/differential/test_faults.py plants faults for it."""

from __future__ import annotations

import json
import os
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


def test_every_function() -> None:
    ran = run("verify", *FEW)
    assert ran.returncode == 0, ran.stdout
    rows = [line.split() for line in ran.stdout.splitlines()[1 : 1 + len(NAMES)]]
    assert [row[:3] for row in rows] == [[name, "same", "20"] for name in NAMES]
    assert "20 calls a function, --seed " in ran.stdout


def test_json_and_seed() -> None:
    ran = run("verify", "format_float", "base36_encode", *FEW, "--seed", "7", "--json")
    found = json.loads(ran.stdout)
    assert found["seed"] == 7
    assert found["abi"] == _proof.ABI
    assert set(found["skypilot"]["fingerprints"]) < set(NAMES)
    functions = found["functions"]
    assert [(one["function"], one["result"], one["examples"]) for one in functions] == [
        ("format_float", "same", 20),
        ("base36_encode", "same", 20),
    ]
    assert {one["fingerprint"] for one in functions} <= set(found["skypilot"]["fingerprints"].values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no_such",), "'no_such' is not one of"),
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
    assert ran.returncode == 1
    assert "there is nothing to verify: switched off by SKY_RUST=0" in ran.stderr
    ran = run("verify", "format_float", *FEW, SKY_RUST_FORMAT_FLOAT="0")
    assert ran.returncode == 1
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
    assert ran.returncode == 1
    assert "needs Hypothesis: pip install 'sky-rust[verify]'" in ran.stderr


def test_what_is_recorded(tmp_path: Path) -> None:
    ran = run("verify", "get_parallel_threads", "--record", "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    proofs = _record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json"))
    document = json.loads(ran.stdout)
    release = document["skypilot"]["release"]
    assert proofs.files == {release: document["skypilot"]["files"]}
    (fingerprint,) = proofs.proven["get_parallel_threads"]
    native = _native.digest("get_parallel_threads")
    assert proofs.proven == {"get_parallel_threads": {fingerprint: {_proof.ABI: {native: {release: 500}}}}}
    assert proofs.libraries == {}


def test_libraries_are_recorded(tmp_path: Path) -> None:
    ran = run("verify", "get_cpu_count", "--record", XDG_CONFIG_HOME=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    proofs = _record.Proofs.read(str(tmp_path / "sky-rust" / "proofs.json"))
    ((digest, release),) = proofs.libraries["psutil"].items()
    assert (digest, release) == _native.library("get_cpu_count", "psutil")
    assert proofs.has("get_cpu_count", digest, _proof.ABI, _native.digest("get_cpu_count"))
    assert os.listdir(tmp_path / "sky-rust") == ["proofs.json"]
