"""Source files: which there are, what is in them, and that nothing but the text changes when they are written."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING

import pytest

from sky_rust import _files
from sky_rust._sources import Source, python_files

if TYPE_CHECKING:
    from pathlib import Path


def files_in(folder: Path) -> list[str]:
    return [os.path.relpath(file, folder) for file in python_files([str(folder)])]


def make(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")


def test_folders_of_others_are_skipped(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b/c.py", "b/d.pyi", "b/e.txt", ".hidden/f.py", "node_modules/g.py", "__pycache__/h.py")
    make(tmp_path, "venv/pyvenv.cfg", "venv/lib/i.py")
    assert files_in(tmp_path) == ["a.py", "b/c.py", "b/d.pyi"]
    assert files_in(tmp_path / ".hidden") == ["f.py"]  # it was asked for
    assert list(python_files([str(tmp_path / "b" / "e.txt")])) == [str(tmp_path / "b" / "e.txt")]


def test_each_file_once(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b/c.py")
    (tmp_path / "b" / "link.py").symlink_to("c.py")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "b" / "broken.py").symlink_to("nothing")
    os.mkfifo(tmp_path / "b" / "fifo.py")
    assert files_in(tmp_path) == ["a.py", "b/c.py"]
    assert len(list(python_files([str(tmp_path), str(tmp_path / "b"), str(tmp_path / "a.py")]))) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x = 1",
        b"x = 1\r\ny = 2\r\n",
        codecs.BOM_UTF8 + "é = 1\n".encode(),
        "# coding: latin-1\né = 1\n".encode("latin-1"),
        "#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'".encode("cp1252"),
    ],
)
def test_bytes_stay(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(content)
    source = Source.read(str(file))
    source.write(source.text)
    assert file.read_bytes() == content
    source.write(f"{source.text}\nx = 1")
    assert file.read_bytes() == content + b"\nx = 1"


def test_mode_and_links_stay(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    (tmp_path / "a.py").chmod(0o751)
    link = tmp_path / "link.py"
    link.symlink_to("a.py")
    Source.read(str(link)).write("y = 2\n")
    assert link.is_symlink()
    assert (tmp_path / "a.py").read_text() == "y = 2\n"
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o751
    assert sorted(os.listdir(tmp_path)) == ["a.py", "link.py"]


def test_read_only(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    (tmp_path / "a.py").chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        Source.read(str(tmp_path / "a.py")).write("")
    assert (tmp_path / "a.py").read_text() == "x = 1\n"


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.py")

    def interrupted(*paths: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _files.replace(str(tmp_path / "a.py"), b"")
    assert os.listdir(tmp_path) == ["a.py"]
    assert (tmp_path / "a.py").read_text() == "x = 1\n"


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"x = 1\ny = '\xff'\nz", 2, "not utf-8"),
        (b"# coding: nothing\n", None, "unknown encoding"),
        # Escapes that change nothing are not written again.
        (b"# coding: iso2022_jp\n\x1b(B\n", None, "more than one way"),
    ],
)
def test_unreadable(tmp_path: Path, content: bytes, line: int | None, words: str) -> None:
    (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(SyntaxError, match=words) as caught:
        Source.read(str(tmp_path / "a.py"))
    assert caught.value.lineno == line


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    with pytest.raises(OSError, match="not a regular file"):
        Source.read(str(tmp_path / "a.py"))
