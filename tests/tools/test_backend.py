"""The build backend: which wheel is made, and what is in the plain one."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.functions import ROOT

if sys.version_info < (3, 11):
    pytest.skip("this Python can't read pyproject.toml", allow_module_level=True)
import tomllib

hatchling = pytest.importorskip("hatchling")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = tomllib.loads((ROOT / "rust" / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
PTH = "sky_rust_autorun.pth"


def load() -> Any:
    """The backend's module."""
    (folder,) = PROJECT["build-system"]["backend-path"]
    file = ROOT / folder / f"{PROJECT['build-system']['build-backend']}.py"
    spec = importlib.util.spec_from_file_location("backend", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The backend, as frontends call it: in the checkout's folder."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("SKY_RUST_BUILD", raising=False)
    return load()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The plain wheel of this checkout."""
    folder = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("SKY_RUST_BUILD", "0")
        name = load().build_wheel(str(folder))
    assert name == f"sky_rust-{VERSION}-py3-none-any.whl"
    return zipfile.ZipFile(folder / name)


def tools(folder: Path, **versions: str | None) -> str:
    """A folder for PATH with tools that say these versions; one without a version fails, as rustup's proxies do."""
    folder.mkdir()
    for name, version in versions.items():
        does = f"echo '{name} {version} (f2d3ce0bd 2026-03-21)'" if version else "echo 'no toolchain' >&2; exit 1"
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def of_package() -> set[str]:
    """The files of the package in this checkout, without what compilers made."""
    files = {path.relative_to(ROOT) for path in (ROOT / "sky_rust").rglob("*") if path.is_file()}
    return {str(file) for file in files if file.suffix not in (".so", ".pyd") and "__pycache__" not in file.parts}


def test_the_plain_wheel_has_the_package_and_no_compiled_module(plain: zipfile.ZipFile) -> None:
    names = {name for name in plain.namelist() if ".dist-info/" not in name}
    assert names == {*of_package(), PTH}
    information = f"sky_rust-{VERSION}.dist-info"
    assert plain.read(f"{information}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert b"sky-rust = sky_rust.__main__:main" in plain.read(f"{information}/entry_points.txt")


def test_the_metadata_of_the_plain_wheel(plain: zipfile.ZipFile) -> None:
    message = Parser().parsestr(plain.read(f"sky_rust-{VERSION}.dist-info/METADATA").decode("utf-8"))
    project = PROJECT["project"]
    assert (message["Name"], message["Version"], message["Summary"]) == ("sky-rust", VERSION, project["description"])
    assert message["Requires-Python"] == project["requires-python"]
    assert message["License-Expression"] == project["license"]
    assert set(message.get_all("Classifier", [])) == set(project["classifiers"])
    required = [one.partition(";") for one in message.get_all("Requires-Dist", [])]
    assert [name.strip() for name, _, marker in required if not marker] == project["dependencies"]
    for extra, packages in project["optional-dependencies"].items():
        assert {name.strip() for name, _, marker in required if f"extra == '{extra}'" in marker} == set(packages)
    assert message.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_plain_wheel_runs_where_it_is_unpacked(plain: zipfile.ZipFile, tmp_path: Path) -> None:
    site = tmp_path / "site"
    plain.extractall(site)
    (site / "psutil").symlink_to(Path(psutil.__file__).parent)
    code = f"""
import sys
sys.path.insert(0, {str(site)!r})
import sky_rust
from sky_rust.utils import common_utils
assert common_utils.format_float(2.5) == "2.5"
print(sky_rust.__version__, sky_rust.get_backend_info().reason)
"""
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.startswith(f"{VERSION} no compiled module: this is the plain package"), ran.stderr


def test_both_tools_put_the_same_files_beside_the_package() -> None:
    data = ROOT / PROJECT["tool"]["maturin"]["data"] / "purelib"
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {str(file.relative_to(ROOT)): file.name for file in data.iterdir()}
    assert set(included.values()) == {PTH}


def test_the_line_in_site_packages(tmp_path: Path, plain: zipfile.ZipFile) -> None:
    plain.extract(PTH, tmp_path)
    assert len((tmp_path / PTH).read_text().splitlines()) == 1
    (tmp_path / "sky_rust").mkdir()
    (tmp_path / "sky_rust" / "__init__.py").touch()
    (tmp_path / "sky_rust" / "_autorun.py").write_text("print('imported')")
    code = f"import site, sys; site.addsitedir({str(tmp_path)!r}); print([m for m in sys.modules if 'sky_rust' in m])"
    for value, said in (("", "[]\n"), ("1", "imported\n['sky_rust', 'sky_rust._autorun']\n")):
        command = [sys.executable, "-I", "-S", "-c", code]
        ran = subprocess.run(command, env={"SKY_RUST_RUN": value}, capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.stderr) == (said, "")


def test_an_editable_plain_wheel(backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKY_RUST_BUILD", "no")
    wheel = zipfile.ZipFile(tmp_path / backend.build_editable(str(tmp_path)))
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert sorted(names) == ["_sky_rust.pth", PTH]  # site reads them in this order
    assert wheel.read("_sky_rust.pth").decode().strip() == str(ROOT)


def test_metadata_without_a_wheel(
    backend: Any, plain: zipfile.ZipFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "metadata"
    monkeypatch.setenv("SKY_RUST_BUILD", "0")
    name = backend.prepare_metadata_for_build_wheel(str(folder))
    assert name == f"sky_rust-{VERSION}.dist-info"
    assert (folder / name / "METADATA").read_bytes() == plain.read(f"{name}/METADATA")
    assert not (folder / name / "RECORD").exists()


def test_the_sdist(backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert backend.get_requires_for_build_sdist() == [backend.REQUIREMENTS["hatchling.build"]]
    with tarfile.open(tmp_path / backend.build_sdist(str(tmp_path))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    crate = {str(path.relative_to(ROOT)) for path in (ROOT / "rust").rglob("*") if path.is_file()}
    others = {"Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "pyproject.toml", "build_backend/backend.py"}
    assert names >= {*of_package(), *crate, *others, f"build_backend/wheel_data/purelib/{PTH}"}
    assert not [name for name in names if name.endswith(".so")]


@pytest.mark.parametrize("wish", [None, "1", "require"])
def test_maturin_where_there_is_rust(
    backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str | None
) -> None:
    oldest = f"{backend.rust_version()}.0"
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", cargo=oldest, rustc=oldest))
    if wish:
        monkeypatch.setenv("SKY_RUST_BUILD", wish)
    assert backend.get_requires_for_build_wheel() == [backend.REQUIREMENTS["maturin"]]
    assert backend.get_requires_for_build_editable() == [backend.REQUIREMENTS["maturin"]]
    monkeypatch.setenv("SKY_RUST_BUILD", "0")
    assert backend.get_requires_for_build_wheel() == [backend.REQUIREMENTS["hatchling.build"]]


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ({}, "there is no cargo on PATH"),
        ({"cargo": "1.95.0"}, "there is no rustc on PATH"),
        ({"cargo": "1.84.1", "rustc": "1.84.1"}, "this is cargo 1.84.1"),
        ({"cargo": "1.95.0", "rustc": "0.99.0"}, "this is rustc 0.99.0"),
        ({"cargo": None, "rustc": None}, "`cargo --version` fails: no toolchain"),
        ({"cargo": "x", "rustc": "x"}, "this is cargo x"),
    ],
)
def test_where_there_is_no_rust(
    backend: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    versions: dict[str, str | None],
    reason: str,
) -> None:
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", **versions))
    assert backend.get_requires_for_build_wheel() == [backend.REQUIREMENTS["hatchling.build"]]
    said = capsys.readouterr().out
    assert said.startswith(f"sky-rust: the plain wheel, without natives: natives need Rust {backend.rust_version()}")
    assert reason in said
    monkeypatch.setenv("SKY_RUST_BUILD", "require")
    with pytest.raises(SystemExit, match="SKY_RUST_BUILD=require, but natives need Rust") as raised:
        backend.get_requires_for_build_wheel()
    assert reason in str(raised.value)


def test_on_another_system(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert backend.obstacle() == "natives are for CPython on Linux, and this is cpython on darwin"


def test_a_value_that_nobody_can_read(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKY_RUST_BUILD", "never")
    with pytest.raises(SystemExit, match=re.escape("SKY_RUST_BUILD='never' is none of 1, 0, require")):
        backend.build_wheel("nowhere")
