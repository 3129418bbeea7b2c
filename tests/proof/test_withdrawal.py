"""An edited SkyPilot: where its behaviour may have changed, no native is attached."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sky

import sky_rust
from sky_rust import _native

REPORT = """
import json, sys, sky_rust
import sky.utils.common_utils as skys
skys.psutil.load_module()
sky_rust.install()
print(json.dumps({name: (one.backend, one.reason) for name, one in sky_rust.status().items()}))
"""


class Copy:
    """A copy of the installed SkyPilot, and processes that import it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(Path(sky.__file__).parent, folder / "sky")
        (folder / "sky_rust").symlink_to(Path(sky_rust.__file__).parent)
        # The tests' proofs of all natives, with the SkyPilot that was copied.
        shutil.copytree(os.environ["XDG_CONFIG_HOME"], folder / "config")

    def insert(self, file: str, function: str, line: str, *, below: bool = True) -> None:
        """Puts a line before a function's first statement (below its docstring), or above the function."""
        path = self.folder / "sky" / file
        text = path.read_text()
        tree = ast.parse(text)
        (node,) = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function)
        at = node.body[1 if ast.get_docstring(node) else 0].lineno if below else node.lineno
        lines = text.splitlines(keepends=True)
        lines.insert(at - 1, f"{'    ' * below}{line}\n")
        path.write_text("".join(lines))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs Python with this copy of SkyPilot, and with its own proofs."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SKY_RUST")}
        return subprocess.run(
            [sys.executable, "-W", "ignore", *command],
            env={**environment, "PYTHONPATH": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config")},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def status(self, code: str = REPORT) -> dict[str, tuple[str, str]]:
        """The backend and the reason of each function, in a process that has installed them all."""
        ran = self.run("-c", code)
        assert ran.returncode == 0, ran.stderr
        result: dict[str, tuple[str, str]] = json.loads(ran.stdout)
        return result

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `sky-rust verify`."""
        return self.run("-m", "sky_rust.cli", "verify", *arguments)

    @property
    def local(self) -> Path:
        """The file to which `verify --record` writes."""
        return self.folder / "config/sky-rust/proofs.json"


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def in_python(status: dict[str, tuple[str, str]]) -> set[str]:
    return {name for name, (backend, _) in status.items() if backend != "rust"}


def test_a_comment_a_docstring_and_a_layout_change_nothing(copy: Copy) -> None:
    copy.insert("utils/common_utils.py", "format_float", "# Somebody thinks aloud.")
    copy.insert("utils/common_utils.py", "get_mem_size_gb", "# And says more.", below=False)
    copy.insert("utils/subprocess_utils.py", "get_parallel_threads", "")
    assert in_python(copy.status()) == set()


def test_a_path_that_is_no_utf8_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "d\udcff"
    folder.mkdir()
    copy = Copy(folder)
    (folder / "sky_rust").unlink()  # CPython imports no compiled module from such a path
    assert in_python(copy.status()) == set()


def test_another_body_withdraws_the_native_alone(copy: Copy) -> None:
    copy.insert("utils/common_utils.py", "format_float", "if num == 2: return 'edited'")
    status = copy.status(REPORT + "assert skys.format_float(2) == 'edited'")
    assert in_python(status) == {"format_float"}
    for words in (f"SkyPilot {sky.__version__}", "format_float is not proven", "sky-rust verify --record format_float"):
        assert words in status["format_float"][1]


def test_another_helper_withdraws_whoever_calls_it(copy: Copy) -> None:
    copy.insert("utils/common_utils.py", "_cpu_count", "pass")
    assert in_python(copy.status()) == {"get_cpu_count"}


def test_a_helper_in_another_file(copy: Copy) -> None:
    copy.insert("utils/ux_utils.py", "print_exception_no_traceback", "pass")
    assert in_python(copy.status()) == {"get_cpu_count", "get_mem_size_gb", "read_last_n_lines", "validate_schema"}


def test_a_module_edited_and_reloaded(copy: Copy) -> None:
    code = f"""
import importlib, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
import sky_rust
import sky.utils.common_utils as skys
from tests.proof.test_withdrawal import Copy
sky_rust.install()
assert sky_rust.status()["format_float"].backend == "rust"
copy = Copy.__new__(Copy)
copy.folder = __import__("pathlib").Path({str(copy.folder)!r})
copy.insert("utils/common_utils.py", "format_float", "if num == 2: return 'edited'")
importlib.reload(skys)
sky_rust.install()
assert skys.format_float(2) == "edited"
assert "not proven" in sky_rust.status()["format_float"].reason
assert sky_rust.status()["base36_encode"].backend == "rust"
"""
    ran = copy.run("-c", code)
    assert ran.returncode == 0, ran.stderr


def test_a_skypilot_that_was_replaced_under_a_running_process(copy: Copy) -> None:
    code = REPORT.replace(
        "sky_rust.install()",
        """
path = skys.__file__
text = open(path).read()
open(path, "w").write("# Another release.\\n" + text)
sky_rust.install()
""",
    )
    status = copy.status(code)
    assert in_python(status) >= {"format_float", "get_cpu_count"}
    assert "sky/utils/common_utils.py is not what was imported from it" in status["format_float"][1]
    assert "get_parallel_threads" not in in_python(status)  # its file is as it was


def test_a_fork_proves_its_own(copy: Copy) -> None:
    threads = {"get_parallel_threads", "get_max_workers_for_file_mounts"}  # the second calls the first
    copy.insert("utils/subprocess_utils.py", "get_parallel_threads", "pass")
    copy.insert("utils/common_utils.py", "format_float", "if num > 2: return 'edited'")
    assert in_python(copy.status()) == {"format_float", *threads}

    ran = copy.verify("--record", *threads)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert in_python(copy.status()) == {"format_float"}

    ran = copy.verify("--record", "format_float")
    assert ran.returncode == 1
    assert "candidate('format_float')" in ran.stdout
    status = copy.status()
    assert in_python(status) == {"format_float"}
    assert "its format_float differs from what its native mirrors" in status["format_float"][1]

    copy.insert("utils/subprocess_utils.py", "get_parallel_threads", "pass")  # the fork is edited again
    assert in_python(copy.status()) == {"format_float", *threads}


def test_a_record_is_for_one_native_and_one_python(copy: Copy) -> None:
    name = "get_max_workers_for_file_mounts"
    copy.insert("utils/subprocess_utils.py", name, "pass")
    assert name in in_python(copy.status())
    assert copy.verify("--record", name).returncode == 0
    assert in_python(copy.status()) == set()
    recorded = copy.local.read_text()

    copy.local.write_text(recorded.replace(_native.digest(name), "0" * 64))
    for words in (f"the native of {name} has changed since it was proven", f"sky-rust verify --record {name}"):
        assert words in copy.status()[name][1]
    copy.local.write_text(recorded.replace("cpython-3", "cpython-2"))
    assert "is not proven on cpython-3" in copy.status()[name][1]
    parts = '"proven": 1, "refuted": {}, "libraries": {}, "files": {}, "fingerprints": {}}'
    for nonsense in ("", "[]", "{}", "\0", f"{{{parts}"):
        copy.local.write_text(nonsense)
        assert "is not proven" in copy.status()[name][1], nonsense
    copy.local.write_text(recorded)
    assert in_python(copy.status()) == set()


def test_a_library_that_is_not_known(copy: Copy) -> None:
    """Functions that reach it stay in Python, with the command that proves it; after that command, they are native."""
    library = copy.folder / "psutil"
    shutil.copytree(Path(psutil.__file__).parent, library)
    with (library / "_common.py").open("a") as file:
        file.write("# Another release.\n")
    time.sleep(0.1)  # a file counts as changed meanwhile if it is as old as the process
    reaches = {"get_cpu_count", "get_mem_size_gb", "is_process_alive"}
    status = copy.status()
    assert in_python(status) == reaches
    for name in reaches:
        assert status[name][1] == (
            f"psutil {psutil.__version__} is not proven; `sky-rust verify --record {name}` proves it here"
        )
    ran = copy.verify("--record", *reaches)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert in_python(copy.status()) == set()


#: A process in which SkyPilot's lazy import has not imported psutil before the first call.
FIRST_CALL = """
import sky_rust
import sky.utils.common_utils as skys
module = lambda: object.__getattribute__(skys.psutil, "_module")
assert module() is None
sky_rust.install()
assert module() is None
print(sky_rust.status()["get_cpu_count"].backend)
count = skys.get_cpu_count()
print(tuple(sky_rust.stats()["get_cpu_count"])[:2])
assert module() is not None
assert skys.get_cpu_count() == count
print(tuple(sky_rust.stats()["get_cpu_count"])[:2])
"""


def test_a_library_is_not_imported_before_skypilot_needs_it(copy: Copy) -> None:
    ran = copy.run("-c", FIRST_CALL)
    assert ran.stdout.splitlines() == ["rust", "(0, 1)", "(1, 1)"], ran.stderr


def test_require_raises_where_a_library_is_not_known(copy: Copy) -> None:
    """The ImportError comes with the first call: only then is the release known that SkyPilot imports."""
    shutil.copytree(Path(psutil.__file__).parent, copy.folder / "psutil")
    with (copy.folder / "psutil" / "_common.py").open("a") as file:
        file.write("# Another release.\n")
    time.sleep(0.1)
    code = "import os; os.environ['SKY_RUST'] = 'require'\n" + FIRST_CALL
    ran = copy.run("-c", code)
    assert ran.stdout.splitlines() == ["rust", "(0, 1)"]
    words = f"SKY_RUST=require: get_cpu_count can't run natively: psutil {psutil.__version__} is not proven"
    assert f"ImportError: {words}" in ran.stderr
