"""The README's table of functions is the registry's."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.functions import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/readme.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_table_is_the_registrys() -> None:
    ran = run("check")
    assert ran.returncode == 0, ran.stderr


def test_another_table_is_named(tmp_path: Path) -> None:
    other = tmp_path / "README.md"
    other.write_text((ROOT / "README.md").read_text(encoding="utf-8").replace("`hash_file`, ", ""), encoding="utf-8")
    ran = run("check", str(other))
    assert ran.returncode == 1
    assert "run `nox -s generate`" in ran.stderr
    assert run("write", str(other)).returncode == 0
    assert other.read_text(encoding="utf-8") == (ROOT / "README.md").read_text(encoding="utf-8")
