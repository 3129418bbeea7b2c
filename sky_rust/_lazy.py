"""Attaches natives to modules of SkyPilot's that aren't imported yet, as soon as they are: nothing is imported for it.

Every process that is started by `sky-rust run` imports this module, so that it imports next to nothing itself.
"""

from __future__ import annotations

import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_PACKAGE = "sky.utils."


class ImportWatcher:
    """Calls a function when a module of `sky.utils` has been imported, once for each module.

    The module, its loader and its spec stay those of the finder that finds it.
    """

    def __init__(self, modules: Iterable[str], then: Callable[[str], None]) -> None:
        self._modules = set(modules)
        self._then = then
        self._asking: set[tuple[int, str]] = set()

    def add(self, modules: Iterable[str]) -> None:
        """Watches for more modules."""
        self._modules.update(modules)
        self._enter()

    def stop(self) -> None:
        """Watches for nothing any more."""
        self._modules.clear()
        self._leave()

    def _enter(self) -> None:
        if all(one is not self for one in sys.meta_path):
            sys.meta_path.insert(0, self)

    def _leave(self) -> None:
        # Another list: a thread that goes through this one, to import something, would pass over a finder.
        sys.meta_path = [one for one in sys.meta_path if one is not self]
        if self._modules:  # another thread has added one meanwhile
            self._enter()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, with a loader that says when it has run."""
        if not fullname.startswith(_PACKAGE) or fullname[len(_PACKAGE) :] not in self._modules:
            return None
        asking = (get_ident(), fullname)
        if asking in self._asking:  # another finder that asks all of them
            return None
        # Nothing is imported here: importlib asks under a lock that every import of the process waits for.
        self._asking.add(asking)
        try:
            spec = self._found(fullname, path, target)
        finally:
            self._asking.discard(asking)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            self._wrap(spec.loader, fullname)
        return spec

    def _found(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if find is None and sys.version_info < (3, 12):
                return None  # Python asks such a finder in another way, and goes through all of them itself
            spec: ModuleSpec | None = find(fullname, path, target) if find is not None else None
            if spec is not None:
                return spec
        return None

    def _wrap(self, loader: Any, fullname: str) -> None:
        """Puts a function in front of the loader's own `exec_module`, which takes itself off when it has run."""
        execute, own = loader.exec_module, vars(loader).get("exec_module")

        def exec_module(module: ModuleType) -> None:
            try:
                execute(module)
            finally:
                is_other = module.__name__ != fullname  # of a loader of several modules, such as that of a zip
                if not is_other and vars(loader).get("exec_module") is exec_module:
                    if own is None:
                        del loader.exec_module
                    else:
                        loader.exec_module = own
            if not is_other:
                self._imported(fullname[len(_PACKAGE) :])

        loader.exec_module = exec_module

    def _imported(self, module: str) -> None:
        if module not in self._modules:
            return
        self._modules.discard(module)
        if not self._modules:
            self._leave()
        self._then(module)


def watch(modules: Iterable[str], then: Callable[[str], None]) -> ImportWatcher:
    """Calls a function for each of some modules of `sky.utils`, with its name, when it has been imported."""
    watcher = ImportWatcher((), then)
    watcher.add(modules)
    return watcher
