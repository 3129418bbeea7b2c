"""Natives of modules that aren't imported yet: nothing is imported for them, and they are attached once they are."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import threading
import types
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust import _install, _lazy, _process
from tests.attachment.test_processes import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package in the place of SkyPilot's `sky.utils`, with the modules one, two and broken."""
    folder = tmp_path / "watched" / "utils"
    folder.mkdir(parents=True)
    for path in (folder.parent / "__init__.py", folder / "__init__.py", folder / "two.py"):
        path.touch()
    (folder / "one.py").write_text("import watched.utils.two\nvalue = 1\n", encoding="utf-8")
    (folder / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.setattr(_lazy, "_PACKAGE", "watched.utils.")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = list(sys.meta_path)
    yield folder
    sys.meta_path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == "watched"]:
        del sys.modules[name]


@pytest.fixture
def watch() -> Callable[..., list[str]]:
    """Watches for modules; returns the list of those that were imported since."""

    def begin(*modules: str) -> list[str]:
        imported: list[str] = []

        def then(module: str) -> None:
            assert f"watched.utils.{module}" in sys.modules
            imported.append(module)

        _lazy.watch(modules, then)
        return imported

    return begin


class Finder:
    """Finds one module, and remembers the specs and what it was asked."""

    def __init__(self, name: str, loader: Any) -> None:
        self.name, self.loader = name, loader
        self.specs: list[importlib.machinery.ModuleSpec] = []
        self.targets: list[Any] = []

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """A spec of its own for each question; None for other modules."""
        if name != self.name:
            return None
        self.targets.append(target)
        self.specs.append(importlib.machinery.ModuleSpec(name, self.loader, is_package=self.loader is None))
        return self.specs[-1]


def found(package: Path, name: str, loader: Any) -> Finder:
    """A finder in front of all others for one of the modules."""
    importlib.import_module("watched.utils")
    finder = Finder(f"watched.utils.{name}", loader)
    sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
    return finder


class Loader:
    """A loader of modules without content."""

    def create_module(self, spec: Any) -> None:
        """As importlib makes it."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Runs nothing."""


def test_each_is_told_once_it_has_run(package: Path, watch: Callable[..., list[str]]) -> None:
    imported = watch("one", "two")
    one = importlib.import_module("watched.utils.one")
    assert imported == ["two", "one"]
    assert one.value == 1
    assert type(one.__loader__) is importlib.machinery.SourceFileLoader
    assert one.__spec__ is not None
    assert one.__spec__.loader is one.__loader__
    assert "exec_module" not in vars(one.__loader__)
    assert not any(isinstance(finder, _lazy.ImportWatcher) for finder in sys.meta_path)
    importlib.reload(one)
    assert imported == ["two", "one"]


def test_an_import_that_fails_and_one_that_does_not(package: Path, watch: Callable[..., list[str]]) -> None:
    imported = watch("broken")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            importlib.import_module("watched.utils.broken")
        assert not imported
    (package / "broken.py").write_text("value = 123456\n", encoding="utf-8")
    importlib.invalidate_caches()
    assert importlib.import_module("watched.utils.broken").value == 123456
    assert imported == ["broken"]


def test_a_loader_that_fails_is_as_it_was(package: Path, watch: Callable[..., list[str]]) -> None:
    """The loader of a zip is there for the next import, too."""

    class Failing(Loader):
        def exec_module(self, module: types.ModuleType) -> None:
            if fail:
                raise ZeroDivisionError

    loader, fail = Failing(), True
    finder = found(package, "broken", loader)
    imported = watch("broken")
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("watched.utils.broken")
    assert not vars(loader)
    fail = False
    module = importlib.import_module("watched.utils.broken")
    assert imported == ["broken"]
    assert not vars(loader)
    assert module.__loader__ is loader
    assert module.__spec__ is finder.specs[-1]


def test_a_loader_with_a_function_of_its_own(package: Path, watch: Callable[..., list[str]]) -> None:
    def execute(module: types.ModuleType) -> None:
        module.value = 7  # type: ignore[attr-defined]

    loader: Any = Loader()
    loader.exec_module = execute
    found(package, "two", loader)
    imported = watch("two")
    assert importlib.import_module("watched.utils.two").value == 7
    assert imported == ["two"]
    assert vars(loader) == {"exec_module": execute}


def test_a_loader_that_is_asked_for_more_than_once(package: Path, watch: Callable[..., list[str]]) -> None:
    found(package, "two", Loader())
    imported = watch("two")
    for _ in range(3):
        importlib.util.find_spec("watched.utils.two")
    importlib.import_module("watched.utils.two")
    assert imported == ["two"]


def test_a_package_without_a_loader(package: Path, watch: Callable[..., list[str]]) -> None:
    found(package, "two", None)
    watch("two")
    assert importlib.import_module("watched.utils.two").__file__ is None


def test_a_reload(package: Path, watch: Callable[..., list[str]]) -> None:
    """A finder that asks whose module is reloaded gets the answer."""
    module = importlib.import_module("watched.utils.two")
    finder = found(package, "two", Loader())
    imported = watch("two")
    importlib.reload(module)
    assert [one for one in finder.targets if one is not None] == [module]
    assert imported == ["two"]


def test_a_finder_that_can_not_be_asked(package: Path, watch: Callable[..., list[str]]) -> None:
    imported = watch("two")

    class OldFinder:
        """A finder as it was before `find_spec`, of which Python 3.11 and older still ask for modules."""

        def find_module(self, name: str, path: object = None) -> None:
            """Finds nothing."""

    sys.meta_path.insert(1, OldFinder())  # type: ignore[arg-type]
    importlib.import_module("watched.utils.two")
    assert imported == (["two"] if sys.version_info >= (3, 12) else [])


def test_other_modules_are_left_alone(package: Path, watch: Callable[..., list[str]]) -> None:
    watch("one")
    (watcher,) = (one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher))
    importlib.import_module("watched.utils")
    assert watcher.find_spec("watched.utils.one", [str(package)]) is not None
    assert watcher.find_spec("watched.utils.two", [str(package)]) is None
    assert watcher.find_spec("one", [str(package)]) is None


def test_one_is_added_while_the_last_is_imported(package: Path, watch: Callable[..., list[str]]) -> None:
    class Modules(set[str]):
        def __len__(self) -> int:
            length = super().__len__()
            if not length and not added:  # another thread, just after this one has seen that nothing is left
                added.append("two")
                watcher.add(["two"])
            return length

    added: list[str] = []
    imported = watch("one")
    (watcher,) = (one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher))
    (package / "one.py").write_text("value = 123\n", encoding="utf-8")
    watcher._modules = Modules({"one"})
    importlib.import_module("watched.utils.one")
    importlib.import_module("watched.utils.two")
    assert imported == ["one", "two"]


def test_one_watcher_for_all_that_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(_process, "agent_state", lambda: state)
    for module in ("one", "two", "one"):
        _install._await(module)
    watchers = [one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher)]
    try:
        assert watchers.count(state["watcher"]) == 1
        assert state["watcher"]._modules == {"one", "two"}
    finally:
        state["watcher"].stop()
        assert [one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher)] == [
            one for one in watchers if one is not state["watcher"]
        ]


def test_a_finder_that_is_asked_when_another_thread_ends_watching(
    package: Path, watch: Callable[..., list[str]]
) -> None:
    """Importlib goes through the list of finders: none is passed over when one is taken off."""
    asked: list[str] = []

    class Finder:
        def __init__(self, name: str) -> None:
            self.name = name

        def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
            asked.append(self.name)
            if self.name == "first":  # here, another thread may import the last of the modules
                watcher.stop()

    importlib.import_module("watched.utils")
    watch("one")
    (watcher,) = (one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher))
    sys.meta_path[1:1] = [Finder("first"), Finder("second")]  # type: ignore[list-item]
    importlib.import_module("watched.utils.two")
    assert asked[:2] == ["first", "second"]
    assert watcher not in sys.meta_path


def test_more_is_watched_when_all_was_imported(package: Path, watch: Callable[..., list[str]]) -> None:
    imported = watch("one")
    (watcher,) = (one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher))
    importlib.import_module("watched.utils.one")
    assert watcher not in sys.meta_path
    watcher.add(["two"])
    watcher.add(["two"])
    assert sys.meta_path.count(watcher) == 1
    del sys.modules["watched.utils.two"]
    importlib.import_module("watched.utils.two")
    assert imported == ["one", "two"]
    assert watcher not in sys.meta_path


def test_two_threads(package: Path, watch: Callable[..., list[str]]) -> None:
    """Each module is told once, whoever imports it, and a thread's question keeps no other from being answered."""
    (package / "one.py").write_text("import time; time.sleep(0.2)\n", encoding="utf-8")
    importlib.import_module("watched.utils")
    imported = watch("one", "two")
    names = ["one", "one", "two", "two", "one"]
    threads = [threading.Thread(target=importlib.import_module, args=(f"watched.utils.{name}",)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(imported) == ["one", "two"]
    assert not any(isinstance(finder, _lazy.ImportWatcher) for finder in sys.meta_path)


def test_finders_that_ask_each_other_in_two_threads(package: Path, watch: Callable[..., list[str]]) -> None:
    """While one thread asks the other finders, another thread that asks as well gets its answer."""
    importlib.import_module("watched.utils")
    imported = watch("two")
    (watcher,) = (one for one in sys.meta_path if isinstance(one, _lazy.ImportWatcher))
    found: list[Any] = []

    class Finder:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
            if name == "watched.utils.two" and not found:
                found.append(None)
                thread = threading.Thread(target=lambda: found.append(watcher.find_spec(name, path)))
                thread.start()
                thread.join()

    sys.meta_path.insert(1, Finder())  # type: ignore[arg-type]
    importlib.import_module("watched.utils.two")
    assert found[1] is not None
    assert "exec_module" in vars(found[1].loader)
    assert imported == ["two"]


def test_a_question_is_no_import(package: Path, watch: Callable[..., list[str]]) -> None:
    """`importlib.util.find_spec` imports nothing; so nothing is told."""
    imported = watch("two")
    spec = importlib.util.find_spec("watched.utils.two")
    assert spec is not None
    assert importlib.util.find_spec("watched.utils.none") is None
    assert not imported
    importlib.import_module("watched.utils.two")
    assert imported == ["two"]


@pytest.mark.parametrize("in_front", [True, False])
def test_another_that_asks_all_finders(package: Path, watch: Callable[..., list[str]], in_front: bool) -> None:
    """An import hook such as OpenTelemetry's, which wraps the loader of whatever another finder finds."""
    executed: set[str] = set()

    class Wrapping:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
            if not name.startswith("watched.utils."):
                return None
            specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
            spec: Any = next((spec for spec in specs if spec is not None), None)
            execute = spec.loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                executed.add(module.__name__)
                execute(module)

            spec.loader.exec_module = exec_module
            return spec

    imported = watch("two")
    sys.meta_path.insert(0 if in_front else 1, Wrapping())  # type: ignore[arg-type]
    importlib.import_module("watched.utils.two")
    assert imported == ["two"]
    assert executed == {"watched.utils.two"}


def test_a_zip_has_one_loader_for_all(package: Path, watch: Callable[..., list[str]], tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("__init__.py", "utils/__init__.py", "utils/one.py", "utils/two.py"):
            file.write(package.parent / name, f"watched/{name}")
    sys.path.insert(0, str(archive))
    importlib.invalidate_caches()
    try:
        imported = watch("one", "two")
        module = importlib.import_module("watched.utils.one")
    finally:
        sys.path.remove(str(archive))
    assert module.__file__ is not None
    assert module.__file__.startswith(str(archive))
    assert imported == ["two", "one"]
    assert "exec_module" not in vars(module.__loader__)


def test_install_before_skypilot_imports_nothing_and_attaches_later() -> None:
    code = """
import sys
import sky_rust
sky_rust.install()
status = sky_rust.status()
assert not [name for name in sys.modules if name.partition(".")[0] == "sky"]
if not sky_rust.get_backend_info().skypilot:
    assert status["hash_file"].backend == "rust"
    sys.exit()
assert status["hash_file"].reason == "attached once sky.utils.common_utils is imported"
sky_rust.disable("format_float")
import sky.utils.common_utils
status = sky_rust.status()
assert status["hash_file"].backend == "rust", status
assert status["format_float"].backend == "python", status
from sky.utils import common_utils, config_utils, log_utils, message_utils, subprocess_utils, yaml_utils
sky_rust.enable("format_float")
assert {one.backend for one in sky_rust.status().values()} == {"rust"}, sky_rust.status()
"""
    run(code)


def test_uninstalled_before_it_is_imported() -> None:
    code = """
import sky_rust
sky_rust.install()
sky_rust.uninstall()
from sky_rust import _skypilot
_skypilot.home_module("common_utils")
assert {one.backend for one in sky_rust.status().values()} == {"python"}
"""
    run(code)


def test_what_is_required_is_required_when_it_is_imported() -> None:
    code = """
import sky_rust
if sky_rust.get_backend_info().skypilot:
    sky_rust.install()
    from sky_rust import _proof
    _proof.obstacle = lambda *_: "planted"
    try:
        import sky.utils.common_utils
    except ImportError as error:
        assert str(error).startswith("SKY_RUST=require: "), error
        assert str(error).endswith(" can't run natively: planted"), error
    else:
        raise AssertionError
"""
    run(code, SKY_RUST="require")
