"""The fingerprint of an original: the source of the function, with every definition of its package that it can reach.

Formatting, comments and docstrings don't count; all else does. Nothing is imported, and a source has the same
fingerprint on every Python.
"""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, NamedTuple

from sky_rust import _native

if TYPE_CHECKING:
    from collections.abc import Iterator


#: A file's inode, size and time of modification, which differ between two states of the file.
Stamp = tuple[int, int, int]


def stamp(file: str | int) -> Stamp:
    """The stamp of a file, by its path or its descriptor.

    Raises:
        OSError: there is no such file.
    """
    stat = os.stat(file)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def read(path: str) -> tuple[bytes, Stamp]:
    """A file's content, and the stamp of that state.

    Raises:
        OSError: it can't be read.
    """
    with open(path, "rb") as file:
        before = stamp(file.fileno())
        return file.read(), before


class Fingerprint(NamedTuple):
    """The fingerprint of one function.

    digest: SHA-256, in hex.
    files: the files that it was read from, relative to the package's folder: while these stay the same, so does the
        digest.
    """

    digest: str
    files: frozenset[str]


class _Binding(NamedTuple):
    """A statement that binds a name; `under` has the `if`, `try` and `with` around it."""

    statement: ast.stmt
    under: str


class _Module(NamedTuple):
    """A module's statements.

    name: the dotted name, with the package's.
    bindings: name -> the statements that bind it.
    imports: alias -> the dotted name that it stands for.
    """

    name: str
    file: str
    bindings: dict[str, list[_Binding]]
    imports: dict[str, str]


class Package:
    """A package's sources, each read when it is first needed.

    folder: the package's.
    stamps: file -> its stamp when it was read.
    """

    def __init__(self, folder: str) -> None:
        self.stamps: dict[str, Stamp] = {}
        self._folder = folder
        self._modules: dict[str, _Module | None] = {}

    def fingerprint(self, module: str, name: str) -> Fingerprint:
        """The fingerprint of the function or the class that `module` binds to `name`.

        Args:
            module: the module's dotted name, with the package's.
            name: the name in the module.

        Raises:
            LookupError: the sources have no such module, or it binds no such name.
            OSError, SyntaxError, ValueError: a source can't be read.
        """
        home = self._module(module)
        if home is None or name not in home.bindings:
            raise LookupError(f"{module}.{name} is not in the sources")
        parts: dict[tuple[str, str], str] = {}
        files = set()
        reached = [(home, name)]
        while reached:
            home, name = reached.pop()
            if (home.name, name) in parts:
                continue
            if "*" in home.imports:
                raise LookupError(f"{home.name} imports all names of {home.imports['*'][:-2]}")
            files.add(home.file)
            said = [home.imports.get(name, "")]
            for statement, under in home.bindings[name]:
                if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                    said.append(under + _canonical(statement))
                    reached += self._reached_by(statement, home)
            if name in home.imports:
                reached += self._defined(home.imports[name].split("."))
            parts[home.name, name] = "\n".join(said)
        text = "\n".join(f"{module}.{name}: {part}" for (module, name), part in sorted(parts.items()))
        return Fingerprint(_native.sha256(text.encode("utf-8", "surrogatepass")), frozenset(files))

    def _reached_by(self, statement: ast.stmt, home: _Module) -> Iterator[tuple[_Module, str]]:
        """The definitions that a statement names, in its own module and in the package's other modules."""
        imports = {**home.imports, **_imports(statement, home)}
        for node in ast.walk(statement):
            names = _dotted(node)
            if names and names[0] in home.bindings:
                yield home, names[0]
            if names and names[0] in imports:
                yield from self._defined([*imports[names[0]].split("."), *names[1:]])

    def _defined(self, names: list[str]) -> Iterator[tuple[_Module, str]]:
        """The definition that a dotted name leads to, if that is in the package."""
        for count in range(len(names) - 1, 0, -1):
            module = self._module(".".join(names[:count]))
            if module is not None:
                if names[count] in module.bindings:
                    yield module, names[count]
                return

    def _module(self, name: str) -> _Module | None:
        """A module of the package; None where the package has no module of that name."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> _Module | None:
        package, *parts = name.split(".")
        if package != os.path.basename(self._folder):
            return None
        for file in (os.path.join(*parts, "__init__.py"), os.path.join(*parts) + ".py" if parts else ""):
            path = os.path.join(self._folder, file)
            if os.path.isfile(path):
                source, self.stamps[file] = read(path)
                tree = ast.parse(source, path)
                module = _Module(name, file, {}, {})
                _bind(tree.body, "", module)
                return module
        return None


def _bind(statements: list[ast.stmt], under: str, module: _Module) -> None:
    """Notes the names that statements at the top level of a module bind."""
    for statement in statements:
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            head = [value for field, value in ast.iter_fields(statement) if field in ("test", "items")]
            for field in ("body", "handlers", "orelse", "finalbody"):
                inside = f"{under}{type(statement).__name__} {_canonical(head)} {field}: "
                for block in getattr(statement, field, []):
                    _bind(block.body if isinstance(block, ast.ExceptHandler) else [block], inside, module)
            continue
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = {statement.name}
        else:
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and not _is_read(node)}
            imports = _imports(statement, module)
            module.imports.update(imports)
            names.update(imports)
        for name in names:
            module.bindings.setdefault(name, []).append(_Binding(statement, under))


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _imports(statement: ast.stmt, module: _Module) -> dict[str, str]:
    """The imports in a statement, at any depth: alias -> the dotted name that it stands for."""
    found = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            parts = module.name.split(".")
            parents = len(parts) - node.level + module.file.endswith("__init__.py")
            start = [*(parts[:parents] if node.level else []), *([node.module] if node.module else [])]
            for alias in node.names:
                found[alias.asname or alias.name] = ".".join([*start, alias.name])
    return found


def _dotted(node: ast.AST) -> list[str]:
    """The names of `a.b.c`; none for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


#: The fields of a syntax tree that say nothing about behaviour, or that not every Python has.
_SILENT = ("ctx", "kind", "type_comment", "type_ignores")


def _canonical(node: object) -> str:
    """A tree as text, without docstrings, and without empty fields, which another Python may not have."""
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            value = value[1:] if ast.get_docstring(node, clean=False) is not None else value
        if name in _SILENT or ((value is None or value == []) and not isinstance(node, ast.Constant)):
            continue
        fields.append(f"{name}={_canonical(value)}")
    return f"{type(node).__name__}({','.join(fields)})"
