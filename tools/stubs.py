"""Makes the modules of sky_rust/utils that type checkers and linters read, from the SkyPilot that is installed.

    python tools/stubs.py write     makes all of them anew
    python tools/stubs.py check     exit status 1 where a file differs from the one that `write` would make

They are Python files and not `.pyi` because pylint finds no `.pyi` module, and says nothing of wrong names in a `.pyi`
package. Two kinds of names are listed: those with an underscore, which `import *` leaves out, and the references for
which SkyPilot has no function.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "sky_rust" / "utils"
HEADER = '"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""\n'


@click.group()
def main() -> None:
    """The modules that type checkers and linters read."""


@main.command()
def write() -> None:
    """Write all of them."""
    for file in _found(FOLDER) - _stubs().keys():
        (FOLDER / file).unlink()
    for file, text in _stubs().items():
        (FOLDER / file).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / file).write_text(text, encoding="utf-8")


@main.command()
@click.argument("folder", default=FOLDER, type=click.Path(exists=True, path_type=Path))
def check(folder: Path) -> None:
    """Compare them with what they should be."""
    stubs = _stubs()
    wrong = _found(folder) ^ stubs.keys()
    wrong |= {file for file in stubs.keys() - wrong if (folder / file).read_text(encoding="utf-8") != stubs[file]}
    for file in sorted(wrong):
        click.echo(f"{folder / file} is not what `python tools/stubs.py write` makes", err=True)
    click.echo(f"{len(stubs)} modules, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


def _found(folder: Path) -> set[Path]:
    """The files in the folder, without the package's own code."""
    return {file.relative_to(folder) for file in folder.rglob("*.py")} - {Path("__init__.py")}


def _stubs() -> dict[Path, str]:
    """Each file's path below sky_rust/utils, and its text."""
    sky = importlib.util.find_spec("sky")
    if sky is None or not sky.submodule_search_locations:
        raise click.ClickException("SkyPilot is not installed")
    utils = Path(sky.submodule_search_locations[0], "utils")
    modules = {_name(file.relative_to(utils)): file for file in utils.rglob("*.py")}
    modules.update({one.module: utils / f"{one.module}.py" for one in FUNCTIONS if one.module not in modules})
    return {file.relative_to(utils): _stub(name, file) for name, file in modules.items() if name}


def _name(file: Path) -> str:
    """The module in a file, by its dotted path below `sky.utils`."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _stub(module: str, file: Path) -> str:
    # Where SkyPilot has a stub of a module, type checkers prefer it, and know only the names in it.
    source = next((one for one in (file.with_suffix(".pyi"), file) if one.exists()), None)
    names = set(_bound(ast.parse(source.read_text(encoding="utf-8")).body)) if source else set()
    ours = {one.name.split(".")[0] for one in FUNCTIONS if one.module == module} - names
    text = HEADER
    if source:
        text += f"\nfrom sky.utils.{module} import *\n"
        text += _import(f"sky.utils.{module}", {name for name in names if name[0] == "_" and name[:2] != "__"})
    return text + ("\n" if ours else "") + _import(f"sky_rust.reference.{module}", ours)


def _import(module: str, names: set[str]) -> str:
    lines = "".join(f"    {name} as {name},\n" for name in sorted(names))
    return f"from {module} import (\n{lines})\n" if names else ""


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    """The names that statements bind in their module."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            yield from (node.id for node in stored if isinstance(node.ctx, ast.Store))
        else:  # branches: of an `if`, a `try`, a `with`
            for field in ("body", "orelse", "finalbody", "handlers"):
                yield from _bound(getattr(statement, field, []))


if __name__ == "__main__":
    main()
