"""Deliberately wrong natives: the differential suite has to catch each of them.

One build of the crate holds all of the faults, each behind a number that a test sets. A process of its own judges
them, by the same comparison on the same calls as `test_properties`.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from tests.differential.faults import FAULTS, PANIC
from tests.functions import MODULES, NAMES, candidate

ROOT = Path(__file__).parents[2]

SWITCH = """
/// The fault in force; 0 for none.
#[unsafe(no_mangle)]
pub static SKY_RUST_FAULT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
fn fault(number: usize) -> bool {
    SKY_RUST_FAULT.load(std::sync::atomic::Ordering::Relaxed) == number
}
"""


def plant(tree: Path) -> None:
    """Puts every fault into a copy of the sources."""
    for number, fault in enumerate((*FAULTS, PANIC), 1):
        path = tree / "rust/src" / MODULES[fault.function] / f"{fault.function}.rs"
        text = path.read_text()
        # The planted text holds the right one as well: count it in the original.
        original = (ROOT / path.relative_to(tree)).read_text()
        assert original.count(fault.right) == 1, f"not once in {path.name}: {fault.right}"
        path.write_text(
            text.replace(fault.right, f"(if crate::fault({number}) {{ {fault.wrong} }} else {{ {fault.right} }})", 1)
        )
    library = tree / "rust/src/lib.rs"
    library.write_text(library.read_text() + SWITCH)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Number of the fault -> what the suite said of it; '' if it said nothing. 0 is no fault at all."""
    tree = tmp_path_factory.mktemp("faults")
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ROOT / name, tree)
    for name in ("rust", "sky_rust", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.so", "__pycache__", "target"))
    plant(tree)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    build = ["cargo", "rustc", "--quiet", "--profile", "quick", "--lib", "--target-dir", str(target / "faults")]
    environment = {**os.environ, "PYO3_PYTHON": sys.executable, "RUSTFLAGS": "-A warnings"}
    subprocess.run(build, cwd=tree / "rust", env=environment, check=True)
    module = tree / "sky_rust" / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    shutil.copy(target / "faults/quick/lib_native.so", module)
    judged = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.differential.test_faults", str(module)],
        cwd=tree,
        env={**environment, "PYTHONPATH": str(tree)},
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, str] = json.loads(judged.stdout.splitlines()[-1])
    return result


def test_without_a_fault_nothing_is_caught(verdicts: dict[str, str]) -> None:
    assert verdicts["0"] == ""


@pytest.mark.parametrize("number", range(1, len(FAULTS) + 1), ids=lambda number: str(FAULTS[number - 1]))
def test_a_fault_is_caught(verdicts: dict[str, str], number: int) -> None:
    assert "differs for" in verdicts[str(number)], "no call of the strategy shows this fault"


def test_a_panic_is_caught_and_takes_the_native_off(verdicts: dict[str, str]) -> None:
    assert verdicts["panic, results"] == "2.5 2.5 2.5"
    assert verdicts["panic, answered"] == "0"
    assert "the native panicked: panicked at" in verdicts["panic, reason"]
    assert "planted 7" in verdicts["panic, reason"]
    assert verdicts["panic, again"] == "1"


def test_every_function_has_three() -> None:
    counts = {name: sum(fault.function == name for fault in FAULTS) for name in NAMES}
    assert min(counts.values()) >= 3, counts


def judge() -> dict[str, str]:
    """In the process of its own: what the suite says of each fault."""
    import sky_rust
    from sky_rust.testing import Call, assert_same_outcome, calls

    def verdict(names: list[str]) -> str:
        for name in names:
            function, control = candidate(name), sky_rust.control(name)

            @settings(max_examples=500, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
            @given(calls(name))
            def for_every_call(call: Call) -> None:
                for watch_records in (False, True):
                    assert_same_outcome(control, function, call, watch_records=watch_records)  # noqa: B023

            try:
                for_every_call()
            except BaseException as error:  # Hypothesis makes a group of several failures
                shown = [error, *getattr(error, "exceptions", ())]
                return next((str(one) for one in shown if "differs for" in str(one)), repr(error))
        return ""

    from sky.utils import common_utils, subprocess_utils

    common_utils.psutil.load_module()
    subprocess_utils.psutil.load_module()
    sky_rust.install()
    number = ctypes.c_size_t.in_dll(ctypes.CDLL(sys.argv[1]), "SKY_RUST_FAULT")
    verdicts = {"0": verdict(NAMES)}
    for at, fault in enumerate(FAULTS, 1):
        number.value = at
        verdicts[str(at)] = verdict([fault.function])
        number.value = 0
    function = candidate("format_float")
    before = sky_rust.stats()["format_float"].answers
    number.value = len(FAULTS) + 1
    verdicts["panic, results"] = " ".join(function(2.5) for _ in range(3))
    verdicts["panic, reason"] = sky_rust.status()["format_float"].reason
    number.value = 0
    function(2.5)
    verdicts["panic, answered"] = str(sky_rust.stats()["format_float"].answers - before)
    sky_rust.disable("format_float")
    sky_rust.enable("format_float")
    function(2.5)
    verdicts["panic, again"] = str(sky_rust.stats()["format_float"].answers - before)
    return verdicts


if __name__ == "__main__":
    result = judge()
    print(json.dumps(result))
