"""The mirrors: `sky_rust.utils.<module>` is all of `sky.utils.<module>` under another name.

A mirror has nothing of its own but what the import system puts on every module: each read, write and delete of an
attribute goes to SkyPilot's module. So there is one function, under two names, and one patch of it. One thing more it
says where SkyPilot's module doesn't: `__all__`, without which `help()` shows no function whose `__module__` is another.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sky_rust import _agent, _skypilot
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PACKAGE = "sky_rust.utils"

#: The beginning of a mirror's path, where it is a package: no folder, but something for `pkgutil` to ask for.
_PATH = "<mirrors of sky.utils"

#: The path of `sky_rust.utils` itself.
PATH = [f"{_PATH}>"]

_own_dict: Any = vars(ModuleType)["__dict__"].__get__

_own_attribute: Any = ModuleType.__getattribute__

#: Attributes of the module in `sys.modules` itself, which the import system puts there.
_OWN = frozenset(("__name__", "__loader__", "__package__", "__spec__", "__path__", "__file__", "__cached__"))


class Mirror(ModuleType):
    # A module whose attributes and docstring are those of another, plus the references that the other lacks.
    __doc__ = property(lambda self: _target(self).__doc__)

    def __init__(self, name: str, module: str) -> None:
        super().__init__(name)
        own = _own_dict(self)
        del own["__doc__"]
        own["_sky_rust_module"] = module

    def __getattribute__(self, name: str) -> Any:
        # A module is searched, and an error made, before `__getattr__` is asked: that takes longer than all the rest.
        return _own_attribute(self, name) if name.startswith("__") else Mirror.__getattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        home = _target(self)
        if _waiting:
            _install_waiting()
        try:
            return getattr(home, name)
        except AttributeError:
            module = _own_dict(self)["_sky_rust_module"]
            ours = [] if _skypilot.is_initializing(home) else _owners(module)
            if name == "__all__":
                return [name for name in dict.fromkeys([*vars(home), *ours]) if not name.startswith("_")]
            if name in ours:
                return getattr(_skypilot.reference_module(module), name)
            if not _skypilot.has_skypilot():
                raise AttributeError(
                    f"module {self.__name__!r} has no attribute {name!r}: SkyPilot is not installed, so there is only "
                    "what sky-rust has itself"
                ) from None
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            _own_dict(self)[name] = value
        else:
            setattr(_target(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_target(self), name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(_target(self)), *_owners(_own_dict(self)["_sky_rust_module"])})

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickling by value (cloudpickle, dill) meets mirrors among a function's globals. A module goes by its name.
        return importlib.import_module, (self.__name__,)

    # `mock.patch` looks here to know whether a name is the module's own.
    __dict__ = property(lambda self: _target(self).__dict__)


def _target(mirror: ModuleType) -> ModuleType:
    """The module that is mirrored: SkyPilot's module, or without SkyPilot that of the references."""
    module = _own_dict(mirror)["_sky_rust_module"]
    return _skypilot.home_module(module) or _skypilot.reference_module(module)


def _owners(module: str) -> list[str]:
    """The names of a module that have natives, or have something that has."""
    return [function.owner for function in FUNCTIONS if function.module == module]


def _is_there(module: str) -> bool:
    """Whether there is something to mirror, or to say: without SkyPilot, that it is SkyPilot's."""
    if _skypilot.has_skypilot():
        return _skypilot.has_module(module)
    file = os.path.join(os.path.dirname(__file__), "utils", *module.split("."))
    return bool(_owners(module)) or os.path.isdir(file) or os.path.isfile(f"{file}.py")


#: Modules whose natives are to be installed, but that are still being imported, since there is a cycle of imports.
_waiting: list[str] = []


def _install_waiting() -> None:
    """Installs the natives of modules that had to wait and are imported now."""
    for module in dict.fromkeys(_waiting):
        home = sys.modules.get(f"sky.utils.{module}")
        if home is not None and _skypilot.is_initializing(home):
            continue
        _waiting[:] = [one for one in _waiting if one != module]
        names = [function.name for function in FUNCTIONS if function.module == module]
        if names:
            _agent.install(*names)


class MirrorFinder(MetaPathFinder, Loader):
    """Finds a mirror for every module below `sky.utils`, and installs the natives of the ones that have any."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a mirror, for every name below `sky_rust.utils` that `sky.utils` has; None for other names."""
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        # Nothing is imported here: importlib asks under a lock that every import of the process waits for.
        module = fullname[len(_PACKAGE) + 1 :]
        if not _is_there(module):
            return None
        spec = ModuleSpec(fullname, self, is_package=_skypilot.is_package(module))
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(f"{_PATH}.{module}>")
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The mirror."""
        module = spec.name[len(_PACKAGE) + 1 :]
        if _skypilot.home_module(module) is None and not _owners(module):
            # Not a ModuleNotFoundError, which `from sky_rust.utils import x` would hide behind words of its own.
            raise ImportError(f"no module {spec.name!r}: SkyPilot is not installed", name=spec.name)
        there = sys.modules.get(spec.name)
        if there is not None:  # while SkyPilot's module was imported, something else has imported the mirror
            return there
        mirror = Mirror(spec.name, module)
        if spec.submodule_search_locations is not None:
            # The import system would keep SkyPilot's, and import its modules a second time.
            mirror.__path__ = spec.submodule_search_locations
        return mirror

    def exec_module(self, module: ModuleType) -> None:
        """Installs the natives of the module, as soon as it is imported: the import swap is the smallest `install`."""
        _waiting.append(_own_dict(module)["_sky_rust_module"])
        _install_waiting()


class MirrorPath:
    """Lists the mirrors in a package, as `pkgutil` asks for it. `MirrorFinder` finds them."""

    def __init__(self, path: str) -> None:
        if not _is_ours(path):
            raise ImportError(f"{path!r} is no path of mirrors")
        self._package = path[len("<mirrors of sky.") : -1]

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> None:
        """None."""

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """The names of the mirrors, and whether each is a package."""
        found = _skypilot.modules_in(self._package)
        if not _skypilot.has_skypilot() and self._package == "utils":
            found = [(module, False) for module in dict.fromkeys(function.module for function in FUNCTIONS)]
        yield from ((prefix + name, is_package) for name, is_package in found)


def set_up_mirrors() -> None:
    """Makes `sky_rust.utils.<module>` importable, for every module of `sky.utils`."""
    # By name: the finder of an earlier import of this module has another class, and its mirrors would install with the
    # modules of that import.
    sys.meta_path[:] = [one for one in sys.meta_path if not _is_an_earlier(type(one), MirrorFinder)]
    sys.meta_path.append(MirrorFinder())
    # First, since others would look for a file of that name.
    sys.path_hooks[:] = [MirrorPath, *(one for one in sys.path_hooks if not _is_an_earlier(one, MirrorPath))]
    for path in filter(_is_ours, [*sys.path_importer_cache]):
        del sys.path_importer_cache[path]


def _is_ours(path: object) -> bool:
    return isinstance(path, str) and path.startswith(_PATH)


def _is_an_earlier(one: object, of: type) -> bool:
    names = (of.__module__, of.__qualname__)
    return (getattr(one, "__module__", None), getattr(one, "__qualname__", None)) == names
