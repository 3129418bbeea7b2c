"""SkyPilot in a zip is SkyPilot, without its folders; it stays in Python, since its sources can't be read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import sky
import sky.utils.common_utils as skys

import sky_rust
from sky_rust import _skypilot
from tests.attachment.test_processes import PACKAGE, run

IN_A_ZIP = """
import sys
import sky_rust
from sky_rust import _skypilot
assert _skypilot.has_skypilot()
assert _skypilot.is_package("kubernetes")
assert not _skypilot.is_package("common_utils")
assert not _skypilot.is_package("no_such_module")
assert not _skypilot.is_package("common_utils.nested")
assert "sky" not in sys.modules
from sky_rust.utils import common_utils
import sky.utils.common_utils as skys
assert ".zip" in skys.__file__
assert common_utils.base36_encode is skys.base36_encode
assert common_utils.base36_encode("ff") == "73"
assert common_utils.make_cluster_name_on_cloud is skys.make_cluster_name_on_cloud
print(sky_rust.status()["base36_encode"][3:])
"""


def test_skypilot_in_a_zip(tmp_path: Path) -> None:
    folder = Path(sky.__file__).parent
    with zipfile.ZipFile(tmp_path / "skypilot.zip", "w") as file:
        for path in folder.rglob("*"):
            if path.is_dir() or path.suffix != ".pyc":  # folders too: some are packages without a file
                file.write(path, path.relative_to(folder.parent))
    (tmp_path / "sky_rust").symlink_to(PACKAGE)
    ran = run(IN_A_ZIP, PYTHONPATH=f"{tmp_path / 'skypilot.zip'}:{tmp_path}")
    assert "'python'" in ran.stdout
    assert "the source of sky.utils.common_utils can't be read (" in ran.stdout
    assert "skypilot.zip/sky/utils/common_utils.py is no source file: zipped, or frozen?)" in ran.stdout


@pytest.mark.parametrize("file", [None, "", "/proc/nonexistent/common_utils.py", 3, "a .pyc"])
def test_a_module_without_a_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: object) -> None:
    pyc = tmp_path / "common_utils.pyc"
    if file == "a .pyc":
        pyc.touch()
        file = str(pyc)
    monkeypatch.setattr(skys, "__file__", file)
    sky_rust.install()
    reason = sky_rust.status()["base36_encode"].reason
    words = (
        "the source of sky.utils.common_utils can't be read"
        if file != str(pyc)
        else "sky.utils.common_utils has no source"
    )
    assert words in reason
    assert sky_rust.status()["human_duration"].backend == "rust"
    monkeypatch.undo()
    sky_rust.install()
    assert sky_rust.status()["base36_encode"].backend == "rust"
    sky_rust.uninstall()


def test_a_package_is_found_as_the_import_system_finds_it() -> None:
    names = {path.name for path in Path(sky.__file__).parent.joinpath("utils").iterdir() if path.is_dir()}
    for name in names - {"__pycache__"}:
        assert _skypilot.is_package(name), name
