"""The mirrors: `sky_rust.utils.<module>` is all of `sky.utils.<module>` under another name.

A mirror has nothing of its own but what the import system puts on every module: each read, write and delete of an
attribute goes to SkyPilot's module. So there is one function, under two names, and one patch of it.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sky_rust import _install, _skypilot
from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE = "sky_rust.utils"

_own_dict: Any = vars(ModuleType)["__dict__"].__get__

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

    def __getattr__(self, name: str) -> Any:
        home = _target(self)
        try:
            return getattr(home, name)
        except AttributeError:
            module = _own_dict(self)["_sky_rust_module"]
            known = any((name, module) == (function.owner, function.module) for function in FUNCTIONS)
            if known and not _skypilot.is_initializing(home):
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
        module = _own_dict(self)["_sky_rust_module"]
        ours = (function.owner for function in FUNCTIONS if function.module == module)
        return sorted({*dir(_target(self)), *ours})

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickling by value (cloudpickle, dill) meets mirrors among a function's globals. A module goes by its name.
        return importlib.import_module, (self.__name__,)

    # `mock.patch` looks here to know whether a name is the module's own.
    __dict__ = property(lambda self: _target(self).__dict__)


def _target(mirror: ModuleType) -> ModuleType:
    """The module that is mirrored: SkyPilot's module, or without SkyPilot that of the references."""
    module = _own_dict(mirror)["_sky_rust_module"]
    return _skypilot.home_module(module) or _skypilot.reference_module(module)


class MirrorFinder(MetaPathFinder, Loader):
    """Finds a mirror for every module below `sky.utils`, and installs the natives of the ones that have any."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a mirror, for every name below `sky_rust.utils`; None for other names."""
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        # Nothing is imported here: importlib asks under a lock that every import of the process waits for.
        module = fullname[len(_PACKAGE) + 1 :]
        return ModuleSpec(fullname, self, is_package=_skypilot.is_package(module))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The mirror."""
        module = spec.name[len(_PACKAGE) + 1 :]
        if _skypilot.home_module(module) is None and all(function.module != module for function in FUNCTIONS):
            # Not a ModuleNotFoundError, which `from sky_rust.utils import x` would hide behind words of its own.
            raise ImportError(f"no module {spec.name!r}: SkyPilot is not installed", name=spec.name)
        mirror = Mirror(spec.name, spec.name[len(_PACKAGE) + 1 :])
        if spec.submodule_search_locations is not None:
            mirror.__path__ = []  # the import system would keep SkyPilot's, and import its modules a second time
        return mirror

    def exec_module(self, module: ModuleType) -> None:
        """Installs the natives of the module: the import swap is the smallest `install`."""
        name = _own_dict(module)["_sky_rust_module"]
        names = [function.name for function in FUNCTIONS if function.module == name]
        if names:
            _install.install(*names)


def set_up_mirrors() -> None:
    """Makes `sky_rust.utils.<module>` importable, for every module of `sky.utils`."""
    # By name: the finder of an earlier import of this module has another class, and its mirrors would install with the
    # modules of that import.
    name = (MirrorFinder.__module__, MirrorFinder.__qualname__)
    sys.meta_path[:] = [one for one in sys.meta_path if (type(one).__module__, type(one).__qualname__) != name]
    sys.meta_path.append(MirrorFinder())
