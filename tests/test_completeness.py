"""Everything that a function of the registry has to have: a missing part is named, with the file to edit."""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust._registry import FUNCTIONS, Function
from sky_rust.testing import Call
from sky_rust.testing._functions import Domain, Named, calls_file, calls_module
from tests.functions import ROOT, native_file, suite_file, suite_module
from tests.functions._faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The fewest wrong natives that each function has to have, for the differential suite to find.
FAULTS = 8


def missing(function: Function, root: Path = ROOT) -> list[str]:
    """The parts that a function lacks: a sentence each, which says what to write and where.

    Args:
        function: its line in the registry.
        root: the repository.
    """
    return [
        f"{function.name} {what}"
        for part in (_missing_native, _missing_reference, _missing_calls, _missing_suite, _missing_row)
        for what in part(function, root)
    ]


def _missing_native(function: Function, root: Path) -> Iterator[str]:
    if not (root / native_file(function)).is_file():
        yield f"has no native: write {native_file(function)}"


def _missing_reference(function: Function, _root: Path) -> Iterator[str]:
    file = f"sky_rust/reference/{function.module}.py"
    found: Any = _imported(f"sky_rust.reference.{function.module}")
    for name in function.name.split("."):
        found = getattr(found, name, None)
    if found is None:
        yield f"has no reference: write it in {file}"
    elif "Mirrors" not in (found.__doc__ or ""):
        yield f"has a reference that doesn't say `Mirrors`: write into its docstring in {file} what it mirrors"


def _missing_calls(function: Function, _root: Path) -> Iterator[str]:
    file = calls_file(function)
    try:
        module = calls_module(function)
    except LookupError:
        yield f"has no calls: write named() and generated() in {file}"
        return
    if not hasattr(module, "named"):
        yield f"has no calls with a label: write named() in {file}"
    elif all(one.declined for one in module.named()):
        yield f"has no call with a label that its native answers: add one to named() in {file}"
    if not hasattr(module, "generated"):
        yield f"has no strategy: write generated() in {file}"
    elif not isinstance(module.generated(), Domain):
        yield f"has a strategy that is no Domain: return one from generated() in {file}"


def _missing_suite(function: Function, root: Path) -> Iterator[str]:
    file = suite_file(function)
    suite: Any = _imported(suite_module(function))
    if suite is None:
        yield f"has no wrong natives and no patches: write FAULTS, CALL and PATCHES in {file}"
        return
    faults = getattr(suite, "FAULTS", ())
    if len(faults) < FAULTS:
        yield f"has {len(faults)} wrong natives of {FAULTS}: add a Fault to FAULTS in {file}"
    for fault in faults:
        planted = root / (fault.file or native_file(function))
        if planted.is_file() and (count := planted.read_text(encoding="utf-8").count(fault.right)) != 1:
            where = planted.relative_to(root)
            yield f"has a fault whose text is in {where} {count} times, and not once: change {fault.right!r} in {file}"
    if not getattr(suite, "PATCHES", ()):
        yield f"has no patch of what it looks up: add one to PATCHES in {file}"
    if not isinstance(getattr(suite, "CALL", None), Call):
        yield f"has no call for its patches: write CALL in {file}"


def _missing_row(function: Function, root: Path) -> Iterator[str]:
    _, _, table = (root / "README.md").read_text(encoding="utf-8").partition("<!-- functions -->\n")
    if f"`{function.name}`" not in table.partition("<!-- end of functions -->")[0]:
        yield "is not in the README's table of functions: run `nox -s generate`"


def _imported(name: str) -> types.ModuleType | None:
    """A module, or None where there is none of that name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and imports something that is not
        return None


@pytest.mark.parametrize("function", FUNCTIONS, ids=[function.name for function in FUNCTIONS])
def test_nothing_is_missing(function: Function) -> None:
    assert missing(function) == []


#: A line that the registry doesn't have, of a module that doesn't exist.
MADE_UP = Function("Config.get_Nested", "made_up_utils")
CALLS_FILE = "sky_rust/testing/functions/made_up_utils/config_get_nested.py"
SUITE_FILE = "tests/functions/made_up_utils/config_get_nested.py"
REFERENCE_FILE = "sky_rust/reference/made_up_utils.py"

NATIVE = f"Config.get_Nested has no native: write {native_file(MADE_UP)}"
REFERENCE = f"Config.get_Nested has no reference: write it in {REFERENCE_FILE}"
ROW = "Config.get_Nested is not in the README's table of functions: run `nox -s generate`"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository in which the made-up function has a native and its row."""
    native = tmp_path / native_file(MADE_UP)
    native.parent.mkdir(parents=True)
    native.write_text("one two three three", encoding="utf-8")
    (tmp_path / "README.md").write_text(
        "<!-- functions -->\n| `Config.get_Nested` |\n<!-- end of functions -->\n", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Modules in which the made-up function has all else, by the path of the file that they would be read from."""

    class Config:
        def get_Nested(self) -> None:  # noqa: N802
            """Mirrors nothing."""

    domain = Domain(None, None)  # type: ignore[arg-type]
    contents = {
        REFERENCE_FILE: {"Config": Config},
        CALLS_FILE: {
            "named": lambda: [Named("one", Call()), Named("two", Call(), declined=True)],
            "generated": lambda: domain,
        },
        SUITE_FILE: {
            "FAULTS": (Fault("value", "one", ""), Fault("value", "two", "")) * (FAULTS // 2),
            "CALL": Call(),
            "PATCHES": (("nothing", lambda: None),),
        },
    }
    made: dict[str, Any] = {}
    for file, content in contents.items():
        name = file[: -len(".py")].replace("/", ".")
        made[file] = types.ModuleType(name)
        vars(made[file]).update(content)
        monkeypatch.setitem(sys.modules, name, made[file])
    return made


def test_a_line_alone_lacks_everything() -> None:
    assert missing(MADE_UP) == [
        NATIVE,
        REFERENCE,
        f"Config.get_Nested has no calls: write named() and generated() in {CALLS_FILE}",
        f"Config.get_Nested has no wrong natives and no patches: write FAULTS, CALL and PATCHES in {SUITE_FILE}",
        ROW,
    ]


@pytest.mark.usefixtures("modules")
def test_a_function_that_has_everything_lacks_nothing(tree: Path) -> None:
    assert missing(MADE_UP, tree) == []


@pytest.mark.usefixtures("modules")
def test_a_missing_native_and_a_missing_row_are_named(tree: Path) -> None:
    (tree / native_file(MADE_UP)).unlink()
    (tree / "README.md").write_text(
        "`Config.get_Nested`\n<!-- functions -->\n| `get_Nested` |\n<!-- end of functions -->\n`Config.get_Nested`"
    )
    assert missing(MADE_UP, tree) == [NATIVE, ROW]


def test_a_missing_reference_is_named(tree: Path, modules: dict[str, Any]) -> None:
    config = modules[REFERENCE_FILE].Config
    config.get_Nested.__doc__ = "Does something."
    assert missing(MADE_UP, tree) == [
        f"Config.get_Nested has a reference that doesn't say `Mirrors`: write into its docstring in {REFERENCE_FILE} "
        "what it mirrors"
    ]
    del config.get_Nested
    assert missing(MADE_UP, tree) == [REFERENCE]


#: The value that stands for a name that the file doesn't define.
ABSENT = object()

CHANGES = [
    (CALLS_FILE, "named", ABSENT, "has no calls with a label: write named()"),
    (CALLS_FILE, "named", list, "has no call with a label that its native answers: add one to named()"),
    (
        CALLS_FILE,
        "named",
        lambda: [Named("two", Call(), declined=True)],
        "has no call with a label that its native answers: add one to named()",
    ),
    (CALLS_FILE, "generated", ABSENT, "has no strategy: write generated()"),
    (CALLS_FILE, "generated", list, "has a strategy that is no Domain: return one from generated()"),
    (SUITE_FILE, "FAULTS", ABSENT, f"has 0 wrong natives of {FAULTS}: add a Fault to FAULTS"),
    (
        SUITE_FILE,
        "FAULTS",
        (Fault("value", "one", ""),) * (FAULTS - 1),
        f"has {FAULTS - 1} wrong natives of {FAULTS}: add a Fault to FAULTS",
    ),
    (
        SUITE_FILE,
        "FAULTS",
        (Fault("value", "one", ""),) * (FAULTS - 1) + (Fault("value", "three", ""),),
        f"has a fault whose text is in {native_file(MADE_UP)} 2 times, and not once: change 'three'",
    ),
    (SUITE_FILE, "CALL", ABSENT, "has no call for its patches: write CALL"),
    (SUITE_FILE, "PATCHES", (), "has no patch of what it looks up: add one to PATCHES"),
]


@pytest.mark.parametrize(("file", "name", "value", "words"), CHANGES, ids=[words for *_, words in CHANGES])
def test_a_missing_part_of_a_file_is_named(
    tree: Path, modules: dict[str, Any], file: str, name: str, value: object, words: str
) -> None:
    if value is ABSENT:
        delattr(modules[file], name)
    else:
        setattr(modules[file], name, value)
    assert missing(MADE_UP, tree) == [f"Config.get_Nested {words} in {file}"]


def test_a_fault_may_be_in_another_file(tree: Path, modules: dict[str, Any]) -> None:
    (tree / "other.rs").write_text("four four", encoding="utf-8")
    modules[SUITE_FILE].FAULTS += (Fault("value", "four", "", "other.rs"),)
    assert missing(MADE_UP, tree) == [
        f"Config.get_Nested has a fault whose text is in other.rs 2 times, and not once: change 'four' in {SUITE_FILE}"
    ]


def test_a_module_that_is_broken_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module_either")
    monkeypatch.syspath_prepend(tmp_path)
    assert _imported("no_such_module") is None
    with pytest.raises(ModuleNotFoundError, match="no_such_module_either"):
        _imported("broken")
