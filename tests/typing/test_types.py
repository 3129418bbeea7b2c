"""Type checkers and linters find the same about the mirrors as about SkyPilot's modules, line by line."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import sky_rust

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PACKAGE = Path(sky_rust.__file__).parent

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("typing")]  # each checker reads SkyPilot once

#: Uses of the modules, right and wrong ones, for `sky` and for `sky_rust`.
USES = """\
import sky.utils.common_utils as whole
import sky.utils.kubernetes.gpu_labeler
import sky.utils.nothing as missing  # wrong
from sky.utils import common_utils, locks, subprocess_utils, ux_utils
from sky.utils import nothing_at_all  # wrong
from sky.utils.common_utils import Backoff, format_float
from sky.utils.common_utils import nothing_either  # wrong
from sky.utils.kubernetes import gpu_labeler

common_utils.format_float(2.5, precision=2).upper()
common_utils.format_float("x")  # wrong
common_utils.format_float(2.5, digits=2)  # wrong
common_utils.format_float()  # wrong
common_utils.format_floats(2.5)  # wrong
whole.format_float(2.5).upper()
whole.format_float("x")  # wrong
whole.format_floats(2.5)  # wrong
format_float(1).upper()
format_float("x")  # wrong
common_utils.hash_file("/etc/passwd", "md5").hexdigest().upper()
common_utils.hash_file("/etc/passwd", "md5").no_digest()  # wrong
common_utils.read_last_n_lines("/etc/passwd", 3)[0].upper()
common_utils.read_last_n_lines("/etc/passwd", "3")  # wrong
common_utils.get_user_hash().upper()
common_utils.get_user_hash(1)  # wrong
common_utils._is_cgroup_v2()
common_utils._is_cgroup_v3()  # wrong
whole._is_cgroup_v2()
subprocess_utils.get_parallel_threads("aws").bit_length()
subprocess_utils.get_parallel_threads(1)  # wrong
subprocess_utils.kill_children_processes([1, 2], force=True)
subprocess_utils.kill_children_processes(force=1.5)  # wrong
ux_utils.print_exception_no_traceback()
ux_utils.print_exception_no_traceback(1)  # wrong
locks.get_lock("name", 1.5).release()
locks.get_lock(name="name", timeout="1.5")  # wrong
gpu_labeler.label("context")
gpu_labeler.label(1)  # wrong
sky.utils.kubernetes.gpu_labeler.label("context")
sky.utils.kubernetes.gpu_labeler.label(1)  # wrong
backoff: whole.Backoff = Backoff(1.5)
backoff.current_backoff().hex()
Backoff("1.5")  # wrong
"""

#: Uses of sky-rust's own names.
OURS = """\
import sky_rust
from sky_rust import __version__
from sky_rust.utils import subprocess_utils
from sky_rust.utils.subprocess_utils import is_process_alive

subprocess_utils.estimate_fd_for_directory("/etc").bit_length()
subprocess_utils.estimate_fd_for_directory(1)  # wrong
subprocess_utils.is_process_alive(1).bit_length()
is_process_alive("1")  # wrong
sky_rust.install()
sky_rust.install("hash_file")
sky_rust.install(1)  # wrong
sky_rust.installed()  # wrong
sky_rust.disable("hash_file")
sky_rust.control("hash_file")("/etc/passwd", "md5")
sky_rust.status()["hash_file"].backend.upper()
sky_rust.status()["hash_file"].backends  # wrong
sky_rust.stats()["hash_file"].answers.bit_length()
sky_rust.get_backend_info().version.upper()
sky_rust.uninstall()
sky_rust.__version__.upper()
__version__.upper()
"""


class Finding(NamedTuple):
    """A checker's message about a line."""

    line: int
    kind: str
    message: str


Findings = dict[str, list[Finding]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that are checked: the uses, and each example of the README."""
    folder = tmp_path_factory.mktemp("typing")
    (folder / "skys.py").write_text(USES)
    (folder / "mirrored.py").write_text(re.sub(r"\bsky\b", "sky_rust", USES))
    (folder / "ours.py").write_text(OURS)
    examples = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert len(examples) >= 2
    for number, example in enumerate(examples):
        (folder / f"readme{number}.py").write_text(example)
    return folder


def run(folder: Path, module: str, *options: str) -> str:
    """A checker's output for all the files; to them, sky-rust is an installed package."""
    ran = subprocess.run(
        [sys.executable, "-m", module, *options, *sorted(file.name for file in folder.glob("*.py"))],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    return ran.stdout


@functools.cache
def mypy(folder: Path) -> Findings:
    found: Findings = {}
    for line in run(folder, "mypy", "--strict", "--config-file=", "--cache-dir=cache").splitlines():
        match = re.match(r"(\w+\.py):(\d+): error: (.*)  \[([\w-]+)\]", line)
        if match:
            found.setdefault(match[1], []).append(Finding(int(match[2]), match[4], match[3]))
        else:
            assert ": note: " in line or line.startswith("Found "), line
    return found


@functools.cache
def pyright(folder: Path) -> Findings:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    (folder / "pyrightconfig.json").write_text("{}")
    found: Findings = {}
    output = run(folder, "pyright", "--outputjson", "--pythonpath", sys.executable)
    for one in json.loads(output)["generalDiagnostics"]:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            found.setdefault(Path(one["file"]).name, []).append(Finding(line, one["rule"], one["message"]))
    return found


@functools.cache
def pylint(folder: Path) -> Findings:
    if importlib.util.find_spec("pylint") is None:
        pytest.skip("pylint is not installed")
    found: Findings = {}
    options = (f"--rcfile={os.devnull}", "--persistent=no", "--output-format=json", "--disable=duplicate-code")
    for one in json.loads(run(folder, "pylint", *options)):
        found.setdefault(one["path"], []).append(Finding(one["line"], one["message-id"], one["message"]))
    return found


CHECKERS = pytest.mark.parametrize("checker", [mypy, pyright, pylint], ids=lambda checker: checker.__name__)
TYPES = pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)


@CHECKERS
def test_mirrors_are_found_as_skypilots_modules_are(checker: Callable[[Path], Findings], files: Path) -> None:
    found = checker(files)
    mirrored = [one._replace(message=one.message.replace("sky_rust", "sky")) for one in found["mirrored.py"]]
    assert sorted(mirrored) == sorted(found["skys.py"])


@TYPES
@pytest.mark.parametrize("file", ["mirrored.py", "ours.py"])
def test_wrong_lines_are_reported_and_no_others(checker: Callable[[Path], Findings], files: Path, file: str) -> None:
    lines = enumerate((files / file).read_text().splitlines(), start=1)
    wrong = {number for number, line in lines if line.endswith("# wrong")}
    reported = {one.line for one in checker(files)[file] if one.kind != "reportPrivateUsage"}
    assert reported == wrong


def test_pylint_knows_the_names(files: Path) -> None:
    errors = {(one.line, one.kind) for one in pylint(files)["mirrored.py"] if one.kind[0] in "EF"}
    numbers = {line: number for number, line in enumerate(USES.splitlines(), start=1)}
    assert {
        (numbers["from sky.utils import nothing_at_all  # wrong"], "E0611"),
        (numbers["import sky.utils.nothing as missing  # wrong"], "E0401"),
        (numbers["common_utils.format_floats(2.5)  # wrong"], "E1101"),
        (numbers["common_utils.format_float(2.5, digits=2)  # wrong"], "E1123"),
    } <= errors
    assert all("# wrong" in USES.splitlines()[line - 1] for line, _ in errors)
    assert not [one for one in pylint(files)["ours.py"] if one.kind[0] in "EF"]


@CHECKERS
def test_the_readmes_examples(checker: Callable[[Path], Findings], files: Path) -> None:
    found = checker(files)
    kinds = {"C0114", "W0611"}  # no docstring, and an import that an example leaves unused
    problems = {file: [one for one in ones if one.kind not in kinds] for file, ones in found.items()}
    assert not any(ones for file, ones in problems.items() if file.startswith("readme")), problems


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/stubs.py", "check", *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_files_are_those_of_the_registry_and_of_skypilot() -> None:
    ran = check()
    assert ran.returncode == 0, ran.stderr


def test_files_that_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "utils"
    shutil.copytree(ROOT / "sky_rust" / "utils", folder)
    (folder / "ux_utils.py").unlink()
    (folder / "gone.py").write_text("")
    file = folder / "subprocess_utils.py"
    file.write_text(file.read_text().replace("is_process_alive as", "no_process_alive as"))
    ran = check(str(folder))
    assert ran.returncode == 1
    assert re.findall(r"(\w+)\.py is not", ran.stderr) == ["gone", "subprocess_utils", "ux_utils"]


def test_no_file_is_run() -> None:
    """Python imports the mirror, and not the file of that name, which is for checkers."""
    import sky.utils.annotations as skys

    import sky_rust.utils.annotations as ours

    assert vars(ours) is vars(skys)
    assert importlib.util.find_spec("sky_rust.utils.atomic").origin is None
