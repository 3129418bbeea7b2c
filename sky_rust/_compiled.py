"""Whether the code that runs is what its source compiles to.

The import system's cache can't say so: it may be where code that isn't the source's came from. (A `.pyc` counts as up
to date while the source's size and time in seconds are the same, and one with an unchecked hash always does.) So the
source is compiled here: only the statements that define what an original reaches, since whole modules take 20 ms.
"""

from __future__ import annotations

import bisect
import functools
import re
import sys
import types
from contextlib import suppress
from importlib.util import decode_source
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust import _attachment
from sky_rust._fingerprint import read, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sky_rust._fingerprint import Stamp


def changed_file(original: types.FunctionType, package: str) -> str:
    """The file whose source doesn't compile to the code that `original` or a function that it reaches has; '' if none.

    Args:
        original: the function.
        package: the package whose functions are looked at, such as 'sky'.

    Raises:
        OSError, RecursionError, SyntaxError, ValueError: a source can't be read.
    """
    for function in _reached(original, package):
        path = function.__globals__.get("__file__")
        code = _attachment.own_code(function)
        # Code of another file was put there: whether that is a patch, the guards know.
        if code.co_filename == path and not _is_compiled_from(code, path, stamp(path)):
            return str(path)
    return ""


def _reached(original: types.FunctionType, package: str) -> Iterator[types.FunctionType]:
    """A function, and those of its package that it names or wraps, with those that they name or wrap."""
    seen: set[int] = set()
    left = [original]
    while left:
        function = left.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        yield function
        for cell in function.__closure__ or ():
            with suppress(ValueError):  # it is empty
                left += _functions_of(cell.cell_contents, package)
        left += _functions_of(function.__dict__.get("__wrapped__"), package)
        names = {name for code in _with_nested(_attachment.own_code(function)) for name in code.co_names}
        imported = [sys.modules.get(name) for name in names if _is_in(name, package)]
        namespaces = [function.__globals__, *(one.__dict__ for one in imported if type(one) is types.ModuleType)]
        for namespace in namespaces:  # grows meanwhile
            for name in names:
                value = namespace.get(name)
                if type(value) is types.ModuleType and _is_in(value.__dict__.get("__name__"), package):
                    if not any(one is value.__dict__ for one in namespaces):
                        namespaces.append(value.__dict__)
                else:
                    left += _functions_of(value, package)


def _functions_of(value: Any, package: str) -> Iterator[types.FunctionType]:
    """The package's functions that an object has: itself, what it wraps, and the methods of a class."""
    # `type` and `vars` look up no attribute of a value: SkyPilot's `LazyImport` objects would import their modules.
    if isinstance(value, type):
        if _is_in(value.__dict__.get("__module__"), package):
            for one in list(vars(value).values()):
                if not isinstance(one, type):
                    yield from _functions_of(one, package)
    elif type(value) in (classmethod, staticmethod):
        yield from _functions_of(value.__func__, package)
    elif type(value) is property:
        for one in (value.fget, value.fset, value.fdel):
            yield from _functions_of(one, package)
    elif type(value) is functools._lru_cache_wrapper:
        yield from _functions_of(value.__dict__.get("__wrapped__"), package)
    elif type(value) is types.FunctionType:
        if _is_in(value.__globals__.get("__name__"), package):
            yield value
        elif value.__dict__.get("__wrapped__") is not value:
            yield from _functions_of(value.__dict__.get("__wrapped__"), package)


def _is_in(module: object, package: str) -> bool:
    return type(module) is str and module.partition(".")[0] == package


def _with_nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _with_nested(constant)


@functools.cache
def _is_compiled_from(code: types.CodeType, path: str, state: Stamp) -> bool:
    source = _split(path, state)
    at = bisect.bisect_right(source.starts, code.co_firstlineno - 1)
    if at:
        names = {name for one in _with_nested(code) for name in one.co_names}
        imported = tuple(sorted(names & source.imported))
        # What goes on at the first column, such as `try` or the text of a string, can't be compiled by itself.
        with suppress(SyntaxError):
            if code in _codes(path, state, *[*source.starts, len(source.lines)][at - 1 : at + 1], imported):
                return True
    return code in _codes(path, state, 0, len(source.lines), ())


@functools.cache
def _codes(path: str, state: Stamp, start: int, end: int, imported: tuple[str, ...]) -> frozenset[types.CodeType]:
    """The code in some lines of a source, each at its place, below an import of some names."""
    # CPython 3.12 and newer compile calls of what a module imports otherwise than calls of other methods.
    before = (f"import {','.join(imported)}" if imported else "") + "\n" * start if start else ""
    text = before + "\n".join([*_split(path, state).lines[start:end], ""])
    compiled = compile(text, path, "exec", dont_inherit=True, optimize=sys.flags.optimize)
    return frozenset(_with_nested(compiled))


class _Source(NamedTuple):
    """A source's lines.

    starts: the indices of the lines at which a statement at the top level begins. One too many is no harm: no part of a
        statement that ends in a string, in brackets or behind a backslash can be compiled by itself.
    imported: the words of the imports at the top level. Where they aren't the names that are imported, a whole module
        is compiled where a statement would have done.
    """

    lines: list[str]
    starts: list[int]
    imported: frozenset[str]


#: A line that can begin a statement at the top level.
_BEGINNING = re.compile(r"[^\s#)\]}]")

_IMPORT = re.compile(r"\s*(import|from)\s")


@functools.cache
def _split(path: str, _state: Stamp) -> _Source:
    text = decode_source(read(path)[0])
    lines = text.split("\n")
    if "__future__" in text:  # such an import changes what all statements below it compile to
        return _Source(lines, [], frozenset())
    starts = []
    is_decorated = False
    for index, line in enumerate(lines):
        if _BEGINNING.match(line):
            if not is_decorated:
                starts.append(index)
            is_decorated = line.startswith("@")
    imports = [
        line
        for start, end in zip(starts, [*starts[1:], len(lines)])
        if not lines[start].startswith(("def ", "class ", "async ", "@"))
        for line in lines[start:end]
        if _IMPORT.match(line) or _IMPORT.match(lines[start])
    ]
    return _Source(lines, starts, frozenset(re.findall(r"[^\W\d]\w*", " ".join(imports))))
