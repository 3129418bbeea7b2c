"""Deliberately wrong natives: the differential suite has to catch each of them.

One build of the crate holds all of the faults, each behind a number that a test sets. A process of its own judges one
in 32 of them, as `sky-rust verify` does, and the command itself has to catch a fault of some functions, with no
option given. With FAULTS=all (`nox -s faults`) that is every fault, and every function.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sky_rust.testing._children import ChildError, in_child
from tests.differential.faults import FAULTS, PANIC, Planted, with_faults
from tests.functions import NAMES, ROOT, candidate

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]  # one worker: one build

ALL = os.environ.get("FAULTS") == "all"

#: The numbers of the faults that are judged.
NUMBERS = range(1, len(FAULTS) + 1, 1 if ALL else 32)

SWITCH = """
/// The fault in force; 0 for none, and the highest number for the one that the environment says.
#[unsafe(no_mangle)]
pub static SKY_RUST_FAULT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(usize::MAX);
fn fault(number: usize) -> bool {
    use std::sync::atomic::Ordering::Relaxed;
    if SKY_RUST_FAULT.load(Relaxed) == usize::MAX {
        let said = std::env::var("PLANTED_FAULT").ok().and_then(|text| text.parse().ok());
        SKY_RUST_FAULT.store(said.unwrap_or(0), Relaxed);
    }
    SKY_RUST_FAULT.load(Relaxed) == number
}
"""


def plant(tree: Path) -> None:
    """Puts every fault into a copy of the sources."""
    of_file = defaultdict(list)
    for number, fault in enumerate((*FAULTS, PANIC), 1):
        of_file[fault.file].append((number, fault))
    for file, faults in of_file.items():
        (tree / file).write_text(with_faults((ROOT / file).read_text(), faults))
    library = tree / "rust/src/lib.rs"
    library.write_text(library.read_text() + SWITCH)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree like this one, with the faults compiled in."""
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
    shutil.copy(target / "faults/quick/lib_native.so", module_of(tree))
    return tree


def module_of(tree: Path) -> Path:
    return tree / "sky_rust" / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"


def run(tree: Path, *arguments: str, fault: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PLANTED_FAULT": str(fault)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def verdicts(wrong: Path) -> dict[str, str]:
    """Number of the fault -> the suite's verdict; 0 is no fault at all."""
    # As `sky-rust verify` does, before SkyPilot is imported: filelock's hook lets no two threads fork at once.
    code = "from sky_rust.testing import _audit; _audit.hold_hooks()\nfrom tests.differential import test_faults as it"
    judged = run(wrong, "-c", f"{code}\nprint(it.json.dumps(it.judge()))", str(module_of(wrong)))
    assert judged.returncode == 0, judged.stderr
    result: dict[str, str] = json.loads(judged.stdout.splitlines()[-1])
    return result


def test_without_a_fault_nothing_is_caught(verdicts: dict[str, str]) -> None:
    assert verdicts["0"] == "same"


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: str(FAULTS[number - 1]))
def test_a_fault_is_caught(verdicts: dict[str, str], number: int) -> None:
    if FAULTS[number - 1].unseen:
        pytest.skip(f"verify does not see it: {FAULTS[number - 1].unseen}")
    if verdicts[str(number)].startswith("skipped"):
        pytest.skip(f"this machine allows not all stages: {verdicts[str(number)]}")
    assert verdicts[str(number)] == "differs", "no call of the suite shows this fault"


def test_verify_sees_most_faults() -> None:
    assert sum(not fault.unseen for fault in FAULTS) >= 0.9 * len(FAULTS)


def test_a_panic_is_caught_and_takes_the_native_off(verdicts: dict[str, str]) -> None:
    assert verdicts["panic, results"] == "2.5 2.5 2.5"
    assert verdicts["panic, answered"] == "0"
    assert "the native panicked: panicked at" in verdicts["panic, reason"]
    assert "planted 7" in verdicts["panic, reason"]
    assert verdicts["panic, declines"] == "4"
    assert verdicts["panic, again"] == "1"


@pytest.mark.parametrize("name", NAMES[:: 1 if ALL else 6])
def test_the_command_finds_one_of_the_function(wrong: Path, name: str) -> None:
    number = next(at for at, fault in enumerate(FAULTS, 1) if fault.function == name)
    ran = run(wrong, "-m", "sky_rust.cli", "verify", name, fault=number)
    assert ran.returncode == 1, ran.stderr
    assert f"{name} differs." in ran.stdout
    # The printed script, pasted into a prompt, shows the same difference.
    start = ran.stdout.index("import sky_rust")
    script = ran.stdout[start : ran.stdout.index("\n\n", start)]
    pasted = run(wrong, "-c", script, fault=number)
    assert "MismatchError" in pasted.stderr
    assert f"{name} differs for Call(" in pasted.stderr
    assert run(wrong, "-c", script).returncode == 0


def judge_one(number: ctypes.c_size_t, at: int, name: str) -> str:
    """The suite's verdict on one fault."""
    import sky_rust
    from sky_rust.testing import verify

    number.value = at
    sky_rust.disable(name)
    sky_rust.enable(name)  # attached anew: what the native has looked at without the fault is forgotten
    verdict = verify(name, seed=0, shrink=False)
    return verdict.result if verdict.result != "same" or not verdict.skipped else f"skipped {verdict.skipped}"


def judge_apart(number: ctypes.c_size_t, at: int, fault: Planted) -> str:
    """The suite's verdict on one fault, from a forked process: what it leaves behind ends with it, in 120 s at most."""

    def judged(_: object) -> str:
        signal.alarm(120)
        return judge_one(number, at, fault.function)

    try:
        verdict: str = in_child(judged, lambda: None)
    except ChildError as error:
        return f"dies: {error}"
    return verdict


def judge() -> dict[str, str]:
    """The suite's verdict on each fault: runs in a process of its own."""
    import sky_rust
    from sky_rust.testing import verify

    number = ctypes.c_size_t.in_dll(ctypes.CDLL(sys.argv[1]), "SKY_RUST_FAULT")
    number.value = 0
    some = {"format_float", *NAMES[:: 1 if ALL else 6]}  # format_float is attached for the panic below
    results = {verify(name, seed=0, examples=50).result for name in some}
    verdicts = {"0": results.pop() if len(results) == 1 else str(results)}
    with ThreadPoolExecutor(2) as pool:  # each of them waits for a process
        for at, result in zip(NUMBERS, pool.map(lambda at: judge_apart(number, at, FAULTS[at - 1]), NUMBERS)):
            verdicts[str(at)] = result
    function = candidate("format_float")
    before, panicked = sky_rust.stats()["format_float"].answers, "the native panicked"
    declined = sky_rust.stats()["format_float"].reasons.get(panicked, 0)
    number.value = len(FAULTS) + 1
    verdicts["panic, results"] = " ".join(function(2.5) for _ in range(3))
    verdicts["panic, reason"] = sky_rust.status()["format_float"].reason
    number.value = 0
    function(2.5)
    verdicts["panic, answered"] = str(sky_rust.stats()["format_float"].answers - before)
    verdicts["panic, declines"] = str(sky_rust.stats()["format_float"].reasons[panicked] - declined)
    sky_rust.disable("format_float")
    sky_rust.enable("format_float")
    function(2.5)
    verdicts["panic, again"] = str(sky_rust.stats()["format_float"].answers - before)
    return verdicts
