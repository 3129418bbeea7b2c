"""An attached function that is pickled by value works in the process that loads it, whatever natives that one has."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.functions import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DUMP = {
    "cloudpickle": """
import cloudpickle
cloudpickle.register_pickle_by_value(common_utils)
dumped = cloudpickle.dumps(functions)
""",
    # dill takes a function for one of `__main__` if that is what it says.
    "dill": """
import dill
for function in functions:
    function.__module__ = "__main__"
    vars(sys.modules["__main__"]).pop(function.__name__, None)
dumped = dill.dumps(functions, recurse=True)
""",
}

ATTACHED = """
import sys, sky_rust
from sky.utils import common_utils
sky_rust.install()
functions = [common_utils.base36_encode, common_utils.truncate_long_string]
assert {sky_rust.status()[one.__name__].backend for one in functions} == {"rust"}
"""

LOAD = """
import sys, pickle, sky_rust
%s
base36_encode, truncate_long_string = pickle.load(open(sys.argv[1], "rb"))
assert base36_encode("ff") == "73"
assert base36_encode("0x" + "f" * 3) == "35r"
assert truncate_long_string("x" * 60) == "x" * 35 + "..."
try:
    base36_encode("no hex")
except ValueError as error:
    assert "invalid literal for int() with base 16" in str(error)
else:
    raise AssertionError
assert base36_encode.__code__.co_name == "base36_encode"
import sky.utils.common_utils as skys
assert skys.base36_encode("ff") == "73"
"""

WORLDS = {
    "attached": ("sky_rust.install()", {}),
    "not attached": ("", {}),
    "off": ("", {"SKY_RUST": "0"}),
    "no compiled module": ("sys.modules['sky_rust._native'] = None", {}),
    "another native": (
        "from sky_rust import _native\n"
        "vars(_native)['trampoline'] = lambda name, own=getattr(_native, 'trampoline', None):"
        " (type('other', (), {}), own(name)[1])",
        {},
    ),
}


def run(code: str, *arguments: str, **environment: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True)


@pytest.fixture(scope="module", params=sorted(DUMP))
def dumped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two attached functions, pickled by value."""
    pytest.importorskip(request.param)
    file = tmp_path_factory.mktemp("dumped") / "functions"
    run(f"{ATTACHED}{DUMP[request.param]}\nopen(sys.argv[1], 'wb').write(dumped)", str(file))
    return file


@pytest.mark.parametrize("world", WORLDS)
def test_loaded_in(dumped: Path, world: str) -> None:
    setting, environment = WORLDS[world]
    run(LOAD % setting, str(dumped), **environment)


@pytest.mark.parametrize("pickler", sorted(DUMP))
def test_loaded_where_it_was_dumped(pickler: str) -> None:
    pytest.importorskip(pickler)
    run(f"{ATTACHED}{DUMP[pickler]}\nimport pickle\nfor one in pickle.loads(dumped): assert one('ff') in ('73', 'ff')")


def test_pickled_again_where_there_are_no_natives(tmp_path: Path) -> None:
    """The names in the pickle mean the same wherever it goes."""
    pytest.importorskip("cloudpickle")
    file = str(tmp_path / "functions")
    run(f"{ATTACHED}{DUMP['cloudpickle']}\nopen(sys.argv[1], 'wb').write(dumped)", file)
    again = f"""
import sys, pickle, cloudpickle
from sky.utils import common_utils
functions = pickle.load(open(sys.argv[1], "rb"))
{DUMP["cloudpickle"]}
open(sys.argv[1], "wb").write(dumped)
"""
    run(again, file, SKY_RUST="0")
    run(LOAD % "sky_rust.install()", file)
