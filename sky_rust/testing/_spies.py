"""The names that an original looks up, found in its bytecode, and spies that stand in for their objects."""

from __future__ import annotations

import builtins
import dis
import enum
import functools
import pkgutil
import sys
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How many calls deep the functions are followed that an original calls.
_DEPTH = 4

#: The function that makes a record. A native makes none that can't be seen, so what that looks up is not looked up.
_OF_A_RECORD = ("logging", "_log")

#: The module of the methods that mappings inherit: natives guard the methods, and not what their module calls an error.
_MAPPINGS = "collections.abc"

#: The uses of spies during a call, in order.
used: list[str] = []

_MISSING = object()

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType)


class _Reached(NamedTuple):
    """An object in a chain of names, and the path that leads to it ('' for an argument)."""

    value: Any
    path: str


def looked_up(function: Callable[..., Any]) -> list[str]:
    """The paths of the names that a function looks up, and those that it calls: each can be spied on.

    They are followed through SkyPilot's own functions and those of the standard library, by the names in the code. A
    built-in's name is there twice: in `builtins`, and in the module, where another object would hide it.
    """
    paths: dict[str, None] = {}
    _follow(function, None, paths, set(), 0)
    module = function.__module__
    if module.startswith("sky_rust."):
        # A reference is written in our own words: what is built in, and the module's own names, are not SkyPilot's.
        paths = {path: None for path in paths if path.split(":")[0] not in (module, "builtins")}
    return [path for path in paths if _replacement(path) is not None]


def _follow(function: Any, instance: object, paths: dict[str, None], seen: set[object], depth: int) -> None:
    if isinstance(function, types.MethodType):
        function, instance = function.__func__, function.__self__
    if not isinstance(function, types.FunctionType) or function.__code__ in seen or depth > _DEPTH:
        return
    seen.add(function.__code__)
    module = function.__globals__.get("__name__", "")
    if (depth and not _is_followed(module)) or (module, function.__name__) == _OF_A_RECORD or module == _MAPPINGS:
        return
    for found in _chains(function, instance, module, paths):
        if isinstance(found.value, (types.FunctionType, types.MethodType)):
            _follow(found.value, None, paths, seen, depth + 1)


def _is_followed(module: str) -> bool:
    """Whether functions of a module are followed: SkyPilot's and the standard library's, whose names natives guard."""
    package = module.split(".")[0]
    stdlib = getattr(sys, "stdlib_module_names", None)
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return package in ("sky", "sky_rust") or (
        package in stdlib if stdlib else "site-packages" not in file and bool(file)
    )


def _chains(function: types.FunctionType, instance: object, module: str, paths: dict[str, None]) -> Iterator[_Reached]:
    """Every object that the code leads to by `a.b.c`, and by attributes of the object whose method it is."""
    classes: list[_Reached] = []
    attributes: list[str] = []
    for code in _codes(function.__code__):
        chain: _Reached | None = None
        first = code.co_varnames[0] if code.co_argcount else ""
        for one in dis.get_instructions(code):
            name = one.argval
            if one.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                chain = _global(name, function, module, paths)
            elif one.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(name, str):
                attributes.append(name)
                chain = _attribute(chain, name, paths) if chain else None
            elif one.opname.startswith("LOAD_FAST") and name == first and instance is not None:
                chain = _Reached(instance, "")
            elif one.opname not in ("PUSH_NULL", "PRECALL", "CACHE", "EXTENDED_ARG", "NOP"):
                chain = None
            if chain:
                yield chain
                if isinstance(chain.value, type) and chain.path:
                    classes.append(chain)
    # Methods of the objects that a class makes: `socket.socket(...).bind`.
    for owner in classes:
        if owner.value.__module__ != "builtins":
            for name in attributes:
                _attribute(owner, name, paths)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _global(name: str, function: types.FunctionType, module: str, paths: dict[str, None]) -> _Reached | None:
    value = function.__globals__.get(name, _MISSING)
    if sys.modules.get(module) is None or sys.modules[module].__dict__ is not function.__globals__:
        return None  # no path leads there
    paths[f"{module}:{name}"] = None
    if value is not _MISSING:
        return _Reached(value, f"{module}:{name}")
    if hasattr(builtins, name):
        paths[f"builtins:{name}"] = None
        return _Reached(getattr(builtins, name), f"builtins:{name}")
    return None


def _attribute(owner: _Reached, name: str, paths: dict[str, None]) -> _Reached | None:
    value = getattr(owner.value, name, _MISSING)
    if value is _MISSING:
        return None
    path = f"{owner.path}.{name}" if owner.path else ""
    if isinstance(owner.value, types.ModuleType):
        path = f"{owner.value.__name__}:{name}"
    elif not isinstance(owner.value, type):
        # An attribute of an object may be its class's.
        for one in type(owner.value).__mro__:
            if name in vars(one) and one.__module__ != "builtins":
                paths[f"{one.__module__}:{one.__qualname__}.{name}"] = None
                break
    if path:
        paths[path] = None
    return _Reached(value, path)


def place(path: str) -> tuple[Any, str]:
    """The object that has the name, and the name."""
    module, _, names = path.partition(":")
    owner, _, name = names.rpartition(".")
    return pkgutil.resolve_name(f"{module}:{owner}" if owner else module), name


@functools.cache
def _replacement(path: str) -> Any:
    """A spy for the object at a path, always the same; None where no other object can stand in for it."""
    try:
        owner, name = place(path)
    except (AttributeError, ImportError):
        return None
    value = getattr(owner, name, getattr(builtins, name, None))
    if isinstance(owner, type) and isinstance(vars(owner).get(name), (staticmethod, classmethod, property)):
        return None
    if not _can_be_set(owner, name):
        return None
    if isinstance(value, _FUNCTIONS) or (isinstance(value, type) and not _is_subclassed(value)):
        return _spy(path, value)
    if isinstance(value, enum.EnumMeta):
        return None  # no class inherits from one with members
    if isinstance(value, type):
        return type(value)(value.__name__, (value,), {"__new__": _spy(path, value, is_class=True)})
    if (
        isinstance(value, int) and not isinstance(value, bool) and not path.startswith("sky_rust.")
    ):  # the reference's own constants are ours
        return int(value) + 1
    return None


def _is_subclassed(value: type) -> bool:
    # `isinstance(x, int)` with a subclass of int says something else than before, which is what shall be seen.
    return bool(value.__flags__ & (1 << 10)) and value is not type


def _can_be_set(owner: Any, name: str) -> bool:
    before = vars(owner).get(name, _MISSING) if hasattr(owner, "__dict__") else _MISSING
    try:
        if before is _MISSING:
            setattr(owner, name, getattr(owner, name, None))
            delattr(owner, name)
        else:
            setattr(owner, name, before)
    except (AttributeError, TypeError):
        return False
    return True


def _spy(path: str, value: Any, *, is_class: bool = False) -> Any:
    """Notes that it is called, and calls the object; as a class's `__new__`, without the class."""
    note = used.append
    if is_class:

        def make(_: type, *args: Any, **kwargs: Any) -> Any:
            note(path)
            return value(*args, **kwargs)

        return make

    def spy(*args: Any, **kwargs: Any) -> Any:
        note(path)
        return value(*args, **kwargs)

    return spy


@contextmanager
def spied(path: str) -> Iterator[None]:
    """Puts a spy at a path, and the object back.

    Raises:
        ValueError: no other object can stand in for the one at that path.
    """
    spy = _replacement(path)
    if spy is None:
        raise ValueError(f"there is no spy for {path}")
    owner, name = place(path)
    before = vars(owner).get(name, _MISSING)
    # What is used from here to the call needs no look-up, since the name may be any.
    put, take, clear = setattr, delattr, used.clear
    clear()
    put(owner, name, spy)
    try:
        yield
    finally:
        if before is _MISSING:
            take(owner, name)
        else:
            put(owner, name, before)
