"""Moves the imports of a source from `sky.utils` to `sky_rust.utils`, and back.

`ast` finds the statements, and the names that have to follow them, in a twelfth of the time that libcst takes for a
whole file; libcst rewrites each statement. All that changes is the first name of a dotted name, `sky` to `sky_rust` or
back, so that the way back needs nothing but the text.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITH_NATIVES = frozenset(function.module for function in FUNCTIONS)

_NAMES = ("sky", "sky_rust")

#: What has names of its own. A class's are not seen in its methods.
_SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

#: Functions that import the module that a string names.
_IMPORTERS = frozenset(("import_module", "__import__", "LazyImport"))


class Left(NamedTuple):
    """Something that still names the old package.

    line: its line.
    reason: what it is, and why it stays.
    """

    line: int
    reason: str


class Result(NamedTuple):
    """A source after its imports were moved.

    text: the source.
    imports: how many imports were moved: `from` statements, and names in `import` statements.
    left: what was left alone although it names a module that is to be moved, by line.
    """

    text: str
    imports: int
    left: tuple[Left, ...]


class _Way(NamedTuple):
    """From which package to which, by their first names, and whether all of its modules move."""

    source: str
    target: str
    every: bool

    def moves(self, module: str) -> bool:
        """Whether a module moves, by its dotted name below the package; '', the package itself, never does."""
        return bool(module) and (self.every or module.partition(".")[0] in _WITH_NATIVES)

    def below(self, name: str | None) -> str:
        """A module's dotted name below the package; '' for the package itself and for everything outside."""
        start = f"{self.source}.utils."
        return name[len(start) :] if name is not None and name.startswith(start) else ""

    def back(self) -> _Way:
        """The other way."""
        return self._replace(source=self.target, target=self.source)

    def may_be_in(self, text: str) -> bool:
        """Whether a text may name the package; if not, it need not be parsed."""
        gap = r"[\s\\]"
        mention = rf"\b{self.source}{gap}*\.{gap}*utils\b|\bfrom{gap}+{self.source}{gap}+import\b"
        return re.search(mention, text) is not None


class _Import(NamedTuple):
    """An import statement, and the scope that it binds names in."""

    node: ast.Import | ast.ImportFrom
    scope: ast.AST

    @property
    def is_certain(self) -> bool:
        """Whether it is made whenever the scope's code runs: it is in no `if`, `try` and the like."""
        return self.node in getattr(self.scope, "body", ())

    def what(self) -> tuple[object, ...]:
        """What it imports to where, the same for both packages."""
        module = self.node.module or "" if isinstance(self.node, ast.ImportFrom) else ""
        names = tuple((_tail(alias.name), alias.asname) for alias in self.node.names)
        return type(self.node), self.scope, _tail(module), names


class _Plain(NamedTuple):
    """`import sky.utils.a`, which binds `sky`: one name of a statement, by its place in it."""

    statement: _Import
    place: int
    module: str


class _Use(NamedTuple):
    """A place where `sky` or `sky_rust` is read.

    head: which of them.
    names: the attributes behind it, such as `utils`, `common_utils`, `format_float`.
    line: its line.
    start: its place in the text; -1 where that isn't known.
    scopes: the scopes that it is in, from the outermost.
    """

    head: str
    names: tuple[str, ...]
    line: int
    start: int
    scopes: tuple[ast.AST, ...]


class _Found(NamedTuple):
    """What matters in a source.

    imports: the import statements, by line.
    uses: where `sky` and `sky_rust` are read.
    bound: the two names, where they are bound by something else than `import sky` -> the line.
    strings: the calls that import a module by a string: line and module.
    """

    imports: list[_Import]
    uses: list[_Use]
    bound: dict[str, int]
    strings: list[tuple[int, str]]


class _Lines:
    """Places in a text, from lines and columns as `ast` counts them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, line: int, column: int) -> int:
        """The index in the text of a line, from 1, and a column in bytes of UTF-8."""
        start = self._starts[line - 1]
        return start + len(self._text[start : start + column].encode()[:column].decode())

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node begins and ends."""
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)


def migrated(text: str, *, every: bool = False, undo: bool = False) -> Result:
    """Imports modules of `sky.utils` from `sky_rust.utils` instead.

    A statement that names a module with natives moves as a whole: its other modules are the same under both names. With
    `import sky.utils.a`, the code that says `sky.utils.a.f` follows; where it can't, the import is left.

    Args:
        text: the source.
        every: move all modules of `sky.utils`, not only those that have natives.
        undo: move all modules from `sky_rust.utils` to `sky.utils` instead. This gives back any source that didn't name
            `sky_rust` before its imports were moved.

    Raises:
        SyntaxError: this Python can't parse the source.
        ModuleNotFoundError: libcst is not installed.
    """
    source, target = reversed(_NAMES) if undo else _NAMES
    way = _Way(source, target, every or undo)
    if not way.may_be_in(text):
        return Result(text, 0, ())
    lines = _Lines(text)
    found = _find(_parsed(text), text, lines)
    chosen, plain, left = _chosen(found, way)
    left += _other_ways(found, plain, way)
    obstacle = _obstacle(found, plain, way)
    if obstacle:
        left += [Left(one.statement.node.lineno, f"`import {source}.utils.{one.module}`: {obstacle}") for one in plain]
        plain = []
    for one in plain:
        chosen.setdefault(one.statement.node, []).append(one.place)
    edits = [(use.start, use.start + len(source), target) for use in found.uses if _follows(use, plain, way)]
    for node, places in chosen.items():
        start, end = lines.span(node)
        edits.append((start, end, _renamed(text[start:end], places, target)))
    return Result(_edited(text, edits), sum(map(len, chosen.values())), tuple(sorted(set(left))))


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings, for instance
            return ast.parse(text)
    except (MemoryError, RecursionError):  # the parser's words for deep nesting
        raise SyntaxError("nested too deeply") from None
    except ValueError as error:  # null bytes, surrogates
        raise SyntaxError(str(error)) from None


def _find(tree: ast.Module, text: str, lines: _Lines) -> _Found:
    found = _Found([], [], {}, [])
    # No recursion, since a sum of a thousand strings is a tree of a thousand levels.
    stack: list[tuple[ast.AST, tuple[ast.AST, ...], bool]] = [(tree, (), True)]
    while stack:
        node, scopes, is_placed = stack.pop()
        # Before 3.12, Python doesn't know where the names in an f-string are.
        is_placed = is_placed and not (isinstance(node, ast.JoinedStr) and sys.version_info < (3, 12))
        for name in {*_bound(node)}.intersection(_NAMES):
            found.bound[name] = min(found.bound.get(name, sys.maxsize), getattr(node, "lineno", 1))
        head, names = _dotted(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.imports.append(_Import(node, scopes[-1]))
        elif head is not None and head.id in _NAMES:
            start = lines.place(head.lineno, head.col_offset) if is_placed else -1
            # Python takes letters of other widths for the same name.
            start = start if text.startswith(head.id, start) else -1
            found.uses.append(_Use(head.id, names, head.lineno, start, scopes))
        elif head is None:
            found.strings.extend(_imported_by_string(node))
            found.uses.extend(_quoted(node, scopes))
            stack.extend((child, within, is_placed) for child, within in _children(node, scopes))
    found.imports.sort(key=lambda one: (one.node.lineno, one.node.col_offset))
    return found


def _bound(node: ast.AST) -> list[Any]:
    """The names that a node itself binds, except by `import sky` and `import sky.utils`."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return [*node.names]
    if isinstance(node, ast.Import):
        return [alias.asname for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.arg):
        return [node.arg]
    # Functions, classes, handlers, patterns, parameters of types.
    return [getattr(node, "name", None), getattr(node, "rest", None)]


def _dotted(node: ast.AST) -> tuple[ast.Name | None, tuple[str, ...]]:
    """The first name of `a.b.c`, and the others; None for another expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node if isinstance(node, ast.Name) else None), tuple(reversed(names))


def _children(node: ast.AST, scopes: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """A node's children, each with the scopes that it is in: decorators and defaults are outside of their function."""
    within = (*scopes, node) if isinstance(node, _SCOPES) else scopes
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, within if field == "body" else scopes


def _imported_by_string(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The module that a call imports by a string, with the line."""
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in _IMPORTERS and isinstance(node.args[0].value, str):
            yield node.lineno, node.args[0].value


def _quoted(node: ast.AST, scopes: tuple[ast.AST, ...]) -> Iterator[_Use]:
    """The uses in a node's quoted annotations, such as `x: "sky.Task"`."""
    for field in ("annotation", "returns"):
        for part in ast.walk(getattr(node, field, None) or ast.Pass()):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                for head in {*re.findall(r"\w+", part.value)}.intersection(_NAMES):
                    yield _Use(head, (), part.lineno, -1, scopes)


def _tail(name: str) -> str:
    """A dotted name without `sky` or `sky_rust` at its beginning."""
    head, _, tail = name.partition(".")
    return tail if head in _NAMES else name


def _named(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The dotted name of what each name of a statement imports; for names of a module, the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = "." * node.level + (node.module or "")
    is_package = module in {*_NAMES, *(f"{name}.utils" for name in _NAMES)}
    return [f"{module}.{alias.name}" if is_package else module for alias in node.names]


def _chosen(found: _Found, way: _Way) -> tuple[dict[ast.Import | ast.ImportFrom, list[int]], list[_Plain], list[Left]]:
    """The statements that move, with the places of their names; those that other code has to follow; what is left."""
    chosen: dict[ast.Import | ast.ImportFrom, list[int]] = {}
    plain: list[_Plain] = []
    left: list[Left] = []
    # A statement that names both packages is none of two alternatives: some of its names were moved.
    only = [one for one in found.imports if not any(map(way.below, _named(one.node)))]
    others = {one.what(): one.node.lineno for one in only if any(map(way.back().below, _named(one.node)))}
    for one in found.imports:
        node, names = one.node, _named(one.node)
        if f"{way.source}.utils" in names:
            left.append(Left(node.lineno, f"imports the package {way.source}.utils itself"))
        places = [place for place, name in enumerate(names) if way.moves(way.below(name))]
        if not places:
            continue
        if node.names[0].name == "*":
            left.append(Left(node.lineno, "imports all names: a mirror has some that SkyPilot's module lacks"))
        elif one.what() in others and not any(map(way.back().below, names)):
            reason = f"line {others[one.what()]} imports the same from {way.target}.utils: this is the alternative"
            left.append(Left(node.lineno, reason))
        elif isinstance(node, ast.ImportFrom):
            chosen[node] = [0]
        else:
            chosen[node] = [place for place in places if node.names[place].asname]
            plain += [_Plain(one, place, way.below(names[place])) for place in places if not node.names[place].asname]
    return {node: places for node, places in chosen.items() if places}, plain, left


def _follows(use: _Use, plain: list[_Plain], way: _Way) -> bool:
    """Whether a use names a module that `import sky.utils.a` imports where the use sees it."""
    if use.head != way.source or use.start < 0:
        return False
    name = ".".join((use.head, *use.names, ""))
    return any(
        one.statement.scope in use.scopes and name.startswith(f"{way.source}.utils.{one.module}.") for one in plain
    )


def _obstacle(found: _Found, plain: list[_Plain], way: _Way) -> str:
    """Why `import sky.utils.a` has to stay, one and all, since other code needs the name that it binds; '' if not."""
    moving = {(one.statement.node, one.place) for one in plain}
    functions = [one.statement.scope for one in plain if not isinstance(one.statement.scope, ast.Module)]
    staying = [one for one in found.imports if _binds(one.node, way.source, moving)]
    for name in _NAMES:
        if name in found.bound:
            return f"line {found.bound[name]} binds {name} to something else"
    for one in staying:
        if one.scope in functions or not all(each.statement.is_certain for each in plain):
            return f"line {one.node.lineno} also imports {way.source}, and one of them may stand for the other"
    if any(isinstance(scope, ast.ClassDef) for scope in functions):
        return "it is in the body of a class"
    sure = [one.node.lineno for one in staying if isinstance(one.scope, ast.Module) and one.is_certain]
    for use in sorted(found.uses, key=lambda use: use.line):
        if use.head == way.target and any(scope in use.scopes for scope in functions):
            return f"line {use.line} uses {way.target}, which would become a name of the function's own"
        if use.head == way.source and not _follows(use, plain, way) and not any(line <= use.line for line in sure):
            return f"line {use.line} needs the name {way.source} that it binds"
    return ""


def _binds(node: ast.Import | ast.ImportFrom, name: str, moving: set[tuple[ast.Import | ast.ImportFrom, int]]) -> bool:
    """Whether a statement is `import sky` or `import sky.a`, even without the names that move."""
    return isinstance(node, ast.Import) and any(
        alias.name.partition(".")[0] == name and not alias.asname and (node, place) not in moving
        for place, alias in enumerate(node.names)
    )


def _other_ways(found: _Found, plain: list[_Plain], way: _Way) -> list[Left]:
    """The other ways to reach modules that move: by a string, and through `import sky`."""
    left = [Left(line, f"imports {name} by a string") for line, name in found.strings if way.moves(way.below(name))]
    for use in found.uses:
        name = ".".join((use.head, *use.names[:2]))
        if way.moves(way.below(name)) and not _follows(use, plain, way):
            left.append(Left(use.line, f"reaches {name} through the name {use.head}"))
    return left


def _renamed(code: str, places: list[int], target: str) -> str:
    """An import statement with another first name in the dotted names at some places."""
    import libcst

    try:
        module: Any = libcst.parse_module(code)
    except libcst.ParserSyntaxError as error:
        raise SyntaxError(f"libcst can't parse {code!r}: {error.message}") from None
    node = module.body[0].body[0]
    if isinstance(node, libcst.ImportFrom):
        changed = node.with_changes(module=_with_first(node.module, target))
    else:
        names = [*node.names]
        for place in places:
            names[place] = names[place].with_changes(name=_with_first(names[place].name, target))
        changed = node.with_changes(names=names)
    renamed: str = module.deep_replace(node, changed).code
    return renamed


def _with_first(name: Any, target: str) -> Any:
    """A dotted name, as libcst has it, with another first name."""
    is_longer = hasattr(name, "attr")
    return name.with_changes(value=_with_first(name.value, target) if is_longer else target)


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """A text with parts of it replaced: each edit is where the part begins and ends, and what comes there."""
    parts, end = [], 0
    for start, after, new in sorted(edits):
        parts += [text[end:start], new]
        end = after
    return "".join([*parts, text[end:]])
