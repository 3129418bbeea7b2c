"""The version stands in rust/Cargo.toml alone, and the package reads it from its distribution's metadata."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import sky_rust

ROOT = Path(__file__).parents[1]
PACKAGE = Path(sky_rust.__file__).parent


def written() -> str:
    """The version in rust/Cargo.toml."""
    match = re.search(r'^version = "(.+)"$', (ROOT / "rust" / "Cargo.toml").read_text(encoding="utf-8"), re.M)
    assert match
    return match[1]


def test_one_place() -> None:
    assert sky_rust.__version__ == written()
    version = re.compile(r"^\W*(__version__|version)\W*[:=].*\d", re.M)
    for file in ("pyproject.toml", "sky_rust/__init__.py"):
        assert not version.search((ROOT / file).read_text(encoding="utf-8")), file


def test_what_is_installed_has_it() -> None:
    try:
        installed = metadata.version("sky-rust")
    except metadata.PackageNotFoundError:
        pytest.skip("sky-rust is not installed here, but imported from its folder")
    assert installed == written()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, without metadata."""
    shutil.copytree(PACKAGE, tmp_path / "sky_rust", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def said(folder: Path) -> str:
    """The version that the package in a folder reports, where nothing else is installed."""
    code = f"""
import sys
sys.path.append({str(folder)!r})
import sky_rust
assert "__version__" in dir(sky_rust) and "__version__" in sky_rust.__all__
assert "importlib.metadata" not in sys.modules
from sky_rust import __version__
assert sky_rust.__version__ is __version__
print(__version__)
"""
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_metadata_has_it(copy: Path) -> None:
    information = copy / "sky_rust-12.34.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.4\nName: sky-rust\nVersion: 12.34\n")
    assert said(copy) == "12.34"


def test_a_copy_without_metadata(copy: Path) -> None:
    assert said(copy) == "0+unknown"
