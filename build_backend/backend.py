"""The build backend (PEP 517, PEP 660): native wheels by maturin where there is Rust, else the plain one by hatchling.

The plain wheel has all of the package but the compiled module, for every platform. Both wheels have the same metadata,
and the folder `wheel_data`. `SKY_RUST_BUILD` says which one is made:

    1 or not set   the native wheel where one can be made, else the plain one
    0              the plain wheel
    require        the native wheel, or an error that says what is missing

Nothing is asked for but the tool that is used. maturin's own backend would download Rust where it finds none.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

CARGO_TOML = Path(__file__).parents[1] / "rust" / "Cargo.toml"
REQUIREMENTS = {"maturin": "maturin>=1.9,<2", "hatchling.build": "hatchling>=1.27,<2"}

Settings = dict[str, Any]


def rust_version() -> str:
    """The oldest release of Rust that the crate can be built with."""
    found = re.search(r'^rust-version = "(.+)"$', CARGO_TOML.read_text(encoding="utf-8"), re.M)
    if not found:
        raise LookupError(f"{CARGO_TOML} has no rust-version")
    return found[1]


def obstacle() -> str:
    """Why no native wheel can be made here; '' if one can."""
    if sys.implementation.name != "cpython" or sys.platform != "linux":
        return f"natives are for CPython on Linux, and this is {sys.implementation.name} on {sys.platform}"
    needed = rust_version()
    for tool in ("cargo", "rustc"):
        try:
            said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
        except OSError:
            return f"natives need Rust {needed} or newer, and there is no {tool} on PATH"
        except subprocess.CalledProcessError as error:  # rustup's, which has no toolchain
            return f"natives need Rust {needed} or newer, and `{tool} --version` fails: {error.stderr.strip()}"
        found = re.match(r"\w+ (\d+)\.(\d+)", said)
        if not found or [int(found[1]), int(found[2])] < [int(part) for part in needed.split(".")[:2]]:
            return f"natives need Rust {needed} or newer, and this is {said.strip()}"
    return ""


def builder() -> str:
    """The module that makes the wheel.

    Raises:
        SystemExit: `SKY_RUST_BUILD` has a value that nobody can read, or requires what can't be made.
    """
    wish = os.environ.get("SKY_RUST_BUILD", "").strip().lower()
    if wish in ("0", "off", "false", "no"):
        reason = f"SKY_RUST_BUILD={wish}"
    elif wish in ("", "1", "on", "true", "yes", "require"):
        reason = obstacle()
    else:
        raise SystemExit(f"sky-rust: SKY_RUST_BUILD={wish!r} is none of 1, 0, require")
    if not reason:
        return "maturin"
    if wish == "require":
        raise SystemExit(f"sky-rust: SKY_RUST_BUILD=require, but {reason}")
    print(f"sky-rust: the plain wheel, without natives: {reason}")
    return "hatchling.build"


def get_requires_for_build_wheel(config_settings: Settings | None = None) -> list[str]:
    """What the wheel is made with."""
    return [REQUIREMENTS[builder()]]


get_requires_for_build_editable = get_requires_for_build_wheel


def get_requires_for_build_sdist(config_settings: Settings | None = None) -> list[str]:
    """What the sdist is made with, which needs no Rust."""
    return [REQUIREMENTS["hatchling.build"]]


def build_wheel(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Makes a wheel in a folder; returns its name."""
    return str(import_module(builder()).build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Makes a wheel that refers to this checkout; returns its name."""
    return str(import_module(builder()).build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Settings | None = None) -> str:
    """Makes an sdist, from which either wheel can be made; returns its name."""
    return str(import_module("hatchling.build").build_sdist(sdist_directory, config_settings))


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings | None = None) -> str:
    """Writes the wheel's metadata into a folder; returns the name of the folder in it."""
    tool = builder()
    if tool == "maturin":
        return str(import_module(tool).prepare_metadata_for_build_wheel(metadata_directory, config_settings))
    with tempfile.TemporaryDirectory() as folder:
        wheel = import_module(tool).build_wheel(folder, config_settings)
        with zipfile.ZipFile(Path(folder, wheel)) as archive:
            names = [name for name in archive.namelist() if name.partition("/")[0].endswith(".dist-info")]
            archive.extractall(metadata_directory, [name for name in names if not name.endswith("/RECORD")])
    return names[0].partition("/")[0]


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
