"""Natives of modules that aren't imported yet: nothing is imported for them, and they are attached once they are."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust import _lazy
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
