"""A layer of the crate knows only the layers below it, and no two modules of the package import each other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.functions import ROOT

#: The crate's layers, from the top; `host` is below all, and knows none.
LAYERS = ("developer", "natives", "dispatch", "effects", "guards", "cpython", "host")

#: Below these, only some: guards look at when the process began, and know nothing else of the machine.
NOTHING_OF = {"cpython": {"host"}}


def used_by(source: str) -> set[str]:
    """The layers that a Rust file names."""
    code = re.sub(r"//.*", "", source)
    named = set(re.findall(r"\bcrate::(\w+)", code))
    for group in re.findall(r"\bcrate::\{([^}]*)\}", code):
        named.update(re.findall(r"\w+", group))
    return named & set(LAYERS)


def wrong_uses(folder: Path) -> list[str]:
    """A line for each file of the crate that knows a layer above its own."""
    wrong = []
    for at, layer in enumerate(LAYERS):
        forbidden = set(LAYERS[:at]) | NOTHING_OF.get(layer, set())
        for file in sorted((folder / layer).rglob("*.rs")):
            above = used_by(file.read_text(encoding="utf-8")) & forbidden
            wrong += [f"{file.relative_to(folder)} knows {one}" for one in sorted(above)]
    return wrong


def test_a_layer_knows_only_those_below() -> None:
    assert wrong_uses(ROOT / "rust" / "src") == []


def test_every_folder_of_the_crate_is_a_layer() -> None:
    assert {folder.name for folder in (ROOT / "rust" / "src").iterdir() if folder.is_dir()} == set(LAYERS)


def test_a_layer_that_knows_one_above_is_named(tmp_path: Path) -> None:
    (tmp_path / "cpython").mkdir()
    (tmp_path / "cpython" / "text.rs").write_text("// crate::natives\nuse crate::{guards::Guard, cpython::api};\n")
    assert wrong_uses(tmp_path) == ["cpython/text.rs knows guards"]


def imports_of(file: Path, package: Path) -> set[str]:
    """The modules of a package that a Python file imports, when it is imported itself or when it is called.

    Imports for type checkers alone don't count.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    checkers = {
        node
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and "TYPE_CHECKING" in ast.unparse(test.test)
        for node in ast.walk(test)
    }
    known, found = modules(package), set()
    for node in ast.walk(tree):
        if node in checkers:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name if name in known else node.module for name in names)
    return found & known.keys()


def modules(package: Path) -> dict[str, Path]:
    """A package's modules by name, without what type checkers alone read."""
    files = [file for file in package.rglob("*.py") if file.parent.name != "utils" or file.name == "__init__.py"]
    names = {file: file.relative_to(package.parent).with_suffix("").as_posix().replace("/", ".") for file in files}
    return {name[: -len(".__init__")] if name.endswith(".__init__") else name: file for file, name in names.items()}


def cycles(package: Path) -> list[tuple[str, str]]:
    """Pairs of modules each of which can be reached from the other by imports."""
    graph = {name: imports_of(file, package) - {name, package.name} for name, file in modules(package).items()}
    reached = {}
    for name in graph:
        seen: set[str] = set()
        left = list(graph[name])
        while left:
            one = left.pop()
            if one not in seen:
                seen.add(one)
                left += graph[one]
        reached[name] = seen
    return sorted((one, other) for one in graph for other in reached[one] if one < other and one in reached[other])


def test_no_two_modules_import_each_other() -> None:
    assert cycles(ROOT / "sky_rust") == []


@pytest.mark.parametrize(
    "how", ["import package.two", "from package import two", "def f():\n    from package.two import x"]
)
def test_two_modules_that_import_each_other_are_named(tmp_path: Path, how: str) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.py").write_text(how)
    (package / "two.py").write_text("from package.one import f")
    assert cycles(package) == [("package.one", "package.two")]
    (package / "two.py").write_text("if TYPE_CHECKING:\n    from package.one import f")
    assert cycles(package) == []
