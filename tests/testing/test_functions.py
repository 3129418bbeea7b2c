"""Each function's calls are found by its registry line; where there are none, an error names the file to write."""

from __future__ import annotations

import random
import subprocess
import sys
import types

import pytest

from sky_rust import _registry
from sky_rust._registry import FUNCTIONS, Function
from sky_rust.testing import _functions as found
from sky_rust.testing import _verify, calls
from sky_rust.testing._places import Log, Noise

MADE_UP = Function("Config.get_Nested", "common_utils")
FILE = "sky_rust/testing/functions/common_utils/config_get_nested.py"


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line in the registry that has no calls."""
    monkeypatch.setattr(_registry, "FUNCTIONS", (*FUNCTIONS, MADE_UP))


@pytest.mark.usefixtures("made_up")
def test_the_file_to_write_is_named() -> None:
    for function in (found.named, calls):
        with pytest.raises(LookupError) as raised:
            function(MADE_UP.name)
        assert str(raised.value) == f"Config.get_Nested has no calls: write named() and generated() in {FILE}"


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(("function", "part"), [(found.named, "named"), (calls, "generated")])
def test_the_part_to_write_is_named(monkeypatch: pytest.MonkeyPatch, function: object, part: str) -> None:
    name = FILE[: -len(".py")].replace("/", ".")
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    with pytest.raises(LookupError) as raised:
        function(MADE_UP.name)
    assert str(raised.value) == f"Config.get_Nested has no calls of this kind: write {part}() in {FILE}"


def test_a_name_that_no_function_has() -> None:
    with pytest.raises(LookupError, match="sky-rust has no function 'no_such'; it has base36_encode"):
        calls("no_such")


def test_a_file_that_imports_what_is_not_there_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "__package__", "no_such_package")
    with pytest.raises(LookupError):
        found.calls_module(FUNCTIONS[0])

    def broken(name: str) -> None:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    monkeypatch.setattr(found.importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="other"):
        found.calls_module(FUNCTIONS[0])


def test_calls_with_a_label_need_no_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; from sky_rust._registry import FUNCTIONS; "
    code += "from sky_rust.testing._functions import named; "
    code += "print(all(named(function.name) for function in FUNCTIONS))"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout == "True\n", ran.stderr


@pytest.mark.parametrize("size", [0, 1 << 10, (2 << 20) + 12])
def test_noise_in_pieces_is_noise(size: int) -> None:
    with open(Noise(size).path(), "rb") as file:
        assert file.read() == random.Random(size).randbytes(size)


def test_a_log_has_its_lines() -> None:
    with open(Log(1000).path(), "rb") as file:
        lines = file.readlines()
    assert len(lines) == 1000
    assert 38 <= min(map(len, lines)) < max(map(len, lines)) <= 238


def test_verify_names_the_file_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "calls_file", lambda function: FILE)
    monkeypatch.setattr(found, "__package__", "no_such_package")
    monkeypatch.setattr(_verify, "calls", found.calls)
    found._domain.cache_clear()
    verdict = _verify.verify("base36_encode", examples=1)
    assert (verdict.result, verdict.examples) == ("python", 0)
    assert verdict.reason == f"base36_encode has no calls: write named() and generated() in {FILE}"
