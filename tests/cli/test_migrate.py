"""`sky-rust migrate`: its output and exit statuses, and SkyPilot's own source with its imports moved."""

from __future__ import annotations

import ast
import filecmp
import importlib.util
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import run
from tests.functions import ROOT

BEFORE = "from sky.utils import common_utils\n"
AFTER = "from sky_rust.utils import common_utils\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(BEFORE)
    (tmp_path / "b.py").write_text("import sky\n")
    return tmp_path


def test_there_and_back(folder: Path) -> None:
    ran = run("migrate", str(folder))
    assert (ran.returncode, ran.stdout) == (0, f"{folder}/a.py: 1 import\n")
    assert ran.stderr == "2 files looked at, 1 changed: 1 import rewritten\n"
    assert (folder / "a.py").read_text() == AFTER
    assert run("migrate", str(folder)).stderr == "2 files looked at, 0 changed: 0 imports rewritten\n"
    ran = run("migrate", "--undo", str(folder / "a.py"))
    assert ran.stderr == "1 file looked at, 1 changed: 1 import rewritten\n"
    assert (folder / "a.py").read_text() == BEFORE


def test_all_modules(folder: Path) -> None:
    (folder / "a.py").write_text("from sky.utils import ux_utils\n")
    assert run("migrate", "--check", str(folder)).returncode == 0
    assert run("migrate", "--all", str(folder)).returncode == 0
    assert (folder / "a.py").read_text() == "from sky_rust.utils import ux_utils\n"


def test_check(folder: Path) -> None:
    ran = run("migrate", "--check", str(folder))
    assert (ran.returncode, ran.stdout) == (1, f"{folder}/a.py: 1 import\n")
    assert ran.stderr == "2 files looked at, 1 would be changed: 1 import rewritten\n"
    assert (folder / "a.py").read_text() == BEFORE
    assert run("migrate", "--check", str(folder / "b.py")).returncode == 0
    assert run("migrate", "--check", "--undo", str(folder)).returncode == 0


def test_diff(folder: Path) -> None:
    (folder / "a.py").write_bytes(f"x = 1\r\n{BEFORE.strip()}".encode())
    ran = subprocess.run(
        [sys.executable, "-m", "sky_rust.cli", "migrate", "--diff", "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert (folder / "a.py").read_bytes() == f"x = 1\r\n{BEFORE.strip()}".encode()
    assert b"\x1b" not in ran.stdout
    subprocess.run(["patch", "--binary", "-p0"], cwd=folder, input=ran.stdout, check=True, capture_output=True)
    assert (folder / "a.py").read_bytes() == f"x = 1\r\n{AFTER.strip()}".encode()
    assert run("migrate", "--diff", "--check", str(folder), "--undo").returncode == 1


def test_output_goes_where_it_is_sent(folder: Path) -> None:
    """The bar, in a terminal, takes no output that goes to a file."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sky_rust.cli", "migrate", str(folder)]
    ran = subprocess.run(
        command, env={**os.environ, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs, check=True
    )
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert ran.stdout.decode() == f"{folder}/a.py: 1 import\n"
    assert "2/2" in shown
    assert "2 files looked at" in shown


@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_has_colours(folder: Path, colour: bool) -> None:
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm", **({} if colour else {"NO_COLOR": "1"})}
    command = [sys.executable, "-m", "sky_rust.cli", "migrate", "--diff", str(folder)]
    # Standard error is none, so that there is no bar.
    subprocess.run(command, env={**os.environ, **variables}, stdout=theirs, stderr=subprocess.PIPE, check=True)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert ("\x1b[32m+from sky_rust.utils" in shown) == colour
    assert "+from sky_rust.utils import common_utils" in shown


def test_files_that_fail_keep_nobody_else(folder: Path) -> None:
    (folder / "0.py").write_text("\nfrom sky.utils import (")
    (folder / "1.py").write_text(BEFORE)
    (folder / "1.py").chmod(0o444)
    (folder / "2.py").write_text("import sky.utils.common_utils\nsky.launch()\n")
    ran = run("migrate", str(folder))
    assert ran.returncode == 7
    assert ran.stdout == f"{folder}/a.py: 1 import\n"
    failed, read_only, left, summary = ran.stderr.splitlines()
    assert failed.startswith(f"{folder}/0.py:2: it can't be parsed: ")
    assert read_only == f"{folder}/1.py: the file is read-only"
    reason = "`import sky.utils.common_utils`: line 2 needs the name sky that it binds"
    assert left == f"{folder}/2.py:1: left alone: {reason}"
    assert summary == "5 files looked at, 1 changed: 1 import rewritten, 1 left alone, 2 files failed"
    assert (folder / "1.py").read_text() == BEFORE


def test_wrong_usage(tmp_path: Path) -> None:
    assert run("migrate").returncode == 2
    ran = run("migrate", str(tmp_path / "nothing"))
    assert ran.returncode == 2
    assert "does not exist" in ran.stderr


def test_without_libcst(folder: Path) -> None:
    code = "import sys; sys.modules['libcst'] = None; from sky_rust.cli import main; main()"
    command = [sys.executable, "-c", code, "migrate", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 4
    assert "libcst" in ran.stderr
    assert "pip install 'sky-rust[migrate]'" in ran.stderr
    assert (folder / "a.py").read_text() == BEFORE


SKY = os.path.dirname(str(getattr(importlib.util.find_spec("sky"), "origin", "")))

#: `nox -s migrate` moves the imports of every file; the tests those of the helpers, and of what they import in circles.
WHOLE = os.environ.get("MIGRATE") == "all"

#: What is imported first, so that the circles begin elsewhere.
FIRST = ("sky", "sky_rust.utils.common_utils", "sky_rust.utils.config_utils", "sky.server.server")

#: What a process that uses the copy finds: its own SkyPilot; a task; functions in Python; functions that answered.
USE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
import sky, sky_rust
task = sky.Task.from_yaml_config({"run": "true", "resources": {"cpus": "2+"}}).to_yaml_config()
sky_rust.utils.yaml_utils.dump_yaml_str(task)
python = {name: one.reason for name, one in sky_rust.status().items() if one.backend != "rust"}
answers = sum(one.answers for one in sky_rust.stats().values())
print(json.dumps([sky.__file__, task["run"], python, answers]))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of SkyPilot."""
    return Path(shutil.copytree(SKY, tmp_path / "sky"))


def sources(folder: str | Path) -> dict[str, Path]:
    return {str(file.relative_to(folder)): file for file in Path(folder).rglob("*.py*") if file.suffix != ".pyc"}


@pytest.mark.parametrize(
    "options", [(), pytest.param(("--all",), marks=pytest.mark.skipif(not WHOLE, reason="takes long"))]
)
def test_skypilot(copy: Path, options: tuple[str, ...], tmp_path: Path) -> None:
    """It works with its imports moved, natives are attached, and the way back gives every byte."""
    before = sources(SKY)
    paths = [str(copy)] if WHOLE else [str(copy / "utils"), *sorted(str(file) for file in copy.glob("*.py"))]
    moved = run("migrate", *options, *paths)
    assert moved.returncode == 0, moved.stderr
    changed = [name for name, file in sources(copy).items() if not filecmp.cmp(file, before[name], shallow=False)]
    assert len(moved.stdout.splitlines()) == len(changed) > 20
    for name in changed:
        ast.parse((copy / name).read_bytes())
    if WHOLE:
        text = "".join((copy / name).read_text(encoding="utf-8") for name in changed)
        assert "from sky_rust.utils import common_utils" in text
        for module in ("common_utils", "yaml_utils") + ("ux_utils", "registry") * bool(options):
            assert f"from sky.utils import {module}\n" not in text
    for first in FIRST if WHOLE else FIRST[:1]:
        home = tmp_path / "home" / first
        home.mkdir(parents=True)
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", USE, first],
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("SKY_RUST")},
                "HOME": str(home),
                "PYTHONPATH": os.pathsep.join((str(copy.parent), str(ROOT))),
                "SKY_RUST": "1" if options else "require",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        file, command, python, answers = json.loads(ran.stdout)
        assert Path(file).parent == copy
        assert command == "true"
        assert answers > 0
        # With --all, originals reach other helpers through mirrors, which is not what was proven.
        assert set(python) <= (MIRRORED if options else set()), python
    undone = run("migrate", "--undo", *paths)
    assert undone.returncode == 0, undone.stderr
    assert len(undone.stdout.splitlines()) == len(changed)
    for name, file in sources(copy).items():
        assert file.read_bytes() == before[name].read_bytes(), name


#: The functions whose originals name modules without natives.
MIRRORED = {
    "find_free_port",
    "get_cpu_count",
    "get_max_workers_for_file_mounts",
    "get_mem_size_gb",
    "read_last_n_lines",
    "validate_schema",
}
