"""Values as Python code, so that a call that shows a difference can be pasted into a prompt."""

from __future__ import annotations

import dataclasses
import datetime
import math
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


#: The modules whose classes `sky_rust.testing` has.
_PUBLIC = tuple(f"{__package__}.{name}" for name in ("_calls", "_places", "_supervision", "_worlds"))


class Source:
    """Code for values, and the imports that the code needs."""

    def __init__(self) -> None:
        self._types: set[type] = set()
        self._functions: set[tuple[str, str]] = set()
        self._twice: set[int] = set()
        self._cyclic: set[int] = set()
        self._names: dict[int, str] = {}

    def imports(self, *others: str) -> list[str]:
        """The import statements, with those of `sky_rust.testing`'s names in `others`."""
        names = {"sky_rust.testing": set(others)}
        for one in self._types:
            module = "sky_rust.testing" if one.__module__ in _PUBLIC else one.__module__
            names.setdefault(module, set()).add(one.__name__)
        for module, name in self._functions:
            names.setdefault(module, set()).add(name)
        return [f"from {module} import {', '.join(sorted(of_it))}" for module, of_it in sorted(names.items())]

    def of(self, value: object) -> str:
        """An expression that makes an equal value of the same type.

        A list or dict that is in it twice is one there, also where it is in itself.
        (Equal tuples may become one object: the compiler keeps constants once.)
        """
        _note(value, {}, self._twice, self._cyclic)
        return self._of(value)

    def _of(self, value: object) -> str:
        if id(value) not in self._twice:
            return self._made(value)
        if id(value) in self._names:
            return self._names[id(value)]
        if id(value) in self._cyclic:
            name = self._named(value)  # what is in it needs the name
            empty, fill = ("{}", "update") if isinstance(value, dict) else ("[]", "extend")
            return f"({name} := {empty}, {name}.{fill}({self._made(value)}))[0]"
        made = self._made(value)
        return f"({self._named(value)} := {made})"

    def _named(self, value: object) -> str:
        name = self._names[id(value)] = f"shared{len(self._names) or ''}"
        return name

    def _made(self, value: object) -> str:
        kind = type(value)
        if isinstance(value, type):
            return value.__name__
        if isinstance(value, types.FunctionType):
            self._functions.add((value.__module__, value.__name__))
            return value.__name__
        if kind.__module__ != "builtins":
            self._types.add(kind)
        if dataclasses.is_dataclass(value):
            said = [(one.name, getattr(value, one.name), _is_required(one)) for one in dataclasses.fields(value)]
            parts = [f"{name}={self._of(part)}" for name, part, required in said if part or required]
            return f"{kind.__name__}({', '.join(parts)})"
        if isinstance(value, dict) and kind.__module__ != "builtins":  # it may have keys and items of its own
            return f"{kind.__name__}({self._of(dict(dict.items(value)))})"
        if isinstance(value, (str, int, float)) and kind.__module__ != "builtins":
            return f"{kind.__name__}({self._of(kind.__bases__[0](value))})"
        if isinstance(value, float) and not math.isfinite(value):
            return f"float('{value}')"
        if isinstance(value, int) and abs(value) > 10**100:
            return hex(value)  # Python may refuse to print so many decimal digits
        if isinstance(value, datetime.date):
            return f"{kind.__name__}.fromisoformat({value.isoformat()!r})"
        if isinstance(value, complex):
            return f"complex({self._of(value.real)}, {self._of(value.imag)})"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{self._of(key)}: {self._of(item)}' for key, item in value.items())}}}"
        if isinstance(value, set) and value:  # its own order depends on how it was made
            return f"{{{', '.join(sorted(map(self._of, value)))}}}"
        if isinstance(value, frozenset):
            return f"frozenset({self._of(sorted(value))})"
        if isinstance(value, list):
            return f"[{self._each(value)}]"
        if isinstance(value, tuple):
            return f"({self._each(value)}{',' * (len(value) == 1)})"
        return ascii(value)

    def _each(self, values: Iterable[object]) -> str:
        return ", ".join(map(self._of, values))


def _note(value: object, met: dict[int, bool], twice: set[int], cyclic: set[int]) -> None:
    """Adds the addresses of collections that are in a value more than once to `twice`, of those in themselves to both.

    `met` says of those that were met whether they are around the present one.
    """
    if dataclasses.is_dataclass(value):
        inside = [getattr(value, one.name) for one in dataclasses.fields(value)]
    elif isinstance(value, dict):
        inside = [part for entry in dict.items(value) for part in entry]
    elif isinstance(value, (list, tuple)):
        inside = list(value)
    else:
        return
    if id(value) not in met:
        met[id(value)] = True
        for part in inside:
            _note(part, met, twice, cyclic)
        met[id(value)] = False
    elif isinstance(value, (dict, list)):
        twice.add(id(value))
        if met[id(value)]:
            cyclic.add(id(value))


def _is_required(field: dataclasses.Field[object]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
