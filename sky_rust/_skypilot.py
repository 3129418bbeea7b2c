"""The installed SkyPilot's modules and functions. No call here imports more of SkyPilot than its docstring says."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from sky_rust._registry import FUNCTIONS

if TYPE_CHECKING:
    import types
    from collections.abc import Iterable
    from importlib.machinery import ModuleSpec

    from sky_rust._registry import Function


@functools.cache
def has_skypilot() -> bool:
    """Whether SkyPilot is installed, without importing it."""
    return _spec("utils") is not None


def is_package(module: str) -> bool:
    """Whether `sky.utils.<module>` is a package, without importing it."""
    spec = _spec(f"utils.{module}")
    return spec is not None and spec.submodule_search_locations is not None


def has_module(module: str) -> bool:
    """Whether there is a `sky.utils.<module>`, without importing it."""
    return f"sky.utils.{module}" in sys.modules or _spec(f"utils.{module}") is not None


def modules_in(package: str) -> list[tuple[str, bool]]:
    """The modules directly below a package of SkyPilot's, such as 'utils', and whether each is a package itself."""
    import pkgutil

    spec = _spec(package)
    return [(one.name, one.ispkg) for one in pkgutil.iter_modules(_locations(spec))] if spec is not None else []


def _spec(name: str) -> ModuleSpec | None:
    """The spec of `sky.<name>`; None where there is none. The import system is asked, since a zip has no folders.

    `importlib.util.find_spec` would import the packages above; here, only their finders are asked for the next one.
    """
    try:
        spec = importlib.util.find_spec("sky")
    except ValueError:  # a stand-in, with no spec
        return None
    fullname = "sky"
    for part in name.split("."):
        if spec is None or spec.submodule_search_locations is None:
            return None
        fullname = f"{fullname}.{part}"
        spec = _find(fullname, _locations(spec))
    return spec


def _locations(spec: ModuleSpec) -> Iterable[str]:
    """Where a package's modules are looked for: once it is imported, the package itself says so."""
    package = sys.modules.get(spec.name)
    found: Iterable[str] = getattr(package, "__path__", spec.submodule_search_locations) or ()
    return found


def _find(fullname: str, paths: Iterable[str]) -> ModuleSpec | None:
    """The spec of a module, from the first finder that has one, as the import system asks them."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find(fullname, paths, None) if find is not None else None
        if spec is not None:
            found: ModuleSpec = spec
            return found
    return None


#: The modules of `sky.utils` whose code has run, although the import system still counts them as being imported.
executed: set[str] = set()


def is_initializing(module: types.ModuleType) -> bool:
    """Whether a module is still being imported, so that a name that it lacks may yet come."""
    if module.__name__ in executed:
        return False
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def is_awaited(module: str) -> bool:
    """Whether there is a `sky.utils.<module>` that isn't imported yet. Imports nothing."""
    return f"sky.utils.{module}" not in sys.modules and has_skypilot() and has_module(module)


def version() -> str:
    """SkyPilot's version, without importing it unless that has been done; '' where it is not installed."""
    if "sky" in sys.modules or not has_skypilot():
        return str(getattr(sys.modules.get("sky"), "__version__", ""))
    from importlib import metadata

    for distribution in ("skypilot", "skypilot-nightly"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def home_module(module: str) -> types.ModuleType | None:
    """SkyPilot's own module, imported; None without SkyPilot, and where its release lacks one of a function of ours."""
    if not has_skypilot():
        return None
    there = sys.modules.get(f"sky.utils.{module}")
    if there is not None and not is_initializing(there):  # what an import would give, in a third of the time
        return there
    try:
        return importlib.import_module(f"sky.utils.{module}")
    except ModuleNotFoundError:
        if all(function.module != module for function in FUNCTIONS) or has_module(module):
            raise
        return None


def reference_module(module: str) -> types.ModuleType:
    """The module of the references, imported."""
    return importlib.import_module(f"sky_rust.reference.{module}")


def look_up(namespace: Any, name: str, default: object = None) -> Any:
    """The object at a dotted path: a module's function, or the function in the dict of a module's class.

    A class's dict is looked at, not its attributes: these would give a bound method, or the function of a base class.
    """
    owner, _, rest = name.partition(".")
    is_class = issubclass(type(namespace), type)  # `isinstance` would ask a proxy, which says that it is one
    found = vars(namespace).get(owner, default) if is_class else getattr(namespace, owner, default)
    return look_up(found, rest, default) if rest and found is not default else found


def original(function: Function) -> Any:
    """SkyPilot's function; the reference where SkyPilot has none; None while its module is being imported."""
    home, missing = home_module(function.module), object()
    if home is not None:
        found = look_up(home, function.name, missing)
        if found is not missing or is_initializing(home):
            return None if found is missing else found
    return reference(function)


def reference(function: Function) -> Any:
    """The function's plain-Python spec.

    Raises:
        LookupError: there is no reference yet.
    """
    try:
        module = reference_module(function.module)
    except ModuleNotFoundError as error:
        if error.name != f"sky_rust.reference.{function.module}":
            raise
        module = None
    found = look_up(module, function.name) if module is not None else None
    if found is None:
        where = f"sky_rust/reference/{function.module}.py"
        raise LookupError(f"{function.name} has no reference: write it in {where}")
    return found


def load_library(function: Function, library: str) -> None:
    """Imports a library as SkyPilot does when it first needs it: through the lazy import in the function's module."""
    home = home_module(function.module)
    lazy = vars(home).get(library) if home is not None else None
    load = getattr(type(lazy), "load_module", None)
    if load is not None:
        load(lazy)
    importlib.import_module(library)
