"""Python's source files: which there are in a folder, and their text, whatever its encoding."""

from __future__ import annotations

import errno
import io
import os
import stat
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from sky_rust import _files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SUFFIXES = (".py", ".pyi")

#: Folders of files that somebody else wrote, besides hidden ones and virtual environments.
_SKIPPED = frozenset(("__pycache__", "node_modules"))


def python_files(paths: Iterable[str]) -> Iterator[str]:
    """The source files in some folders and the folders below these, in order, and each file once.

    Hidden folders, virtual environments, `__pycache__` and `node_modules` are left out, and so are symbolic links to
    folders; a link to a file counts as that file.

    Args:
        paths: folders; or files, which are taken whatever their names.
    """
    seen = set()
    for path in paths:
        for file in _below(path) if os.path.isdir(path) else [path]:
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                yield file


def _below(root: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not _is_skipped(folder, name))
        yield from (
            os.path.join(folder, name)
            for name in sorted(files)
            if name.endswith(_SUFFIXES) and os.path.isfile(os.path.join(folder, name))
        )


def _is_skipped(folder: str, name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED or os.path.isfile(os.path.join(folder, name, "pyvenv.cfg"))


class Source(NamedTuple):
    """A source file.

    path: its path.
    text: its text, with the line ends that it has, and without a byte order mark.
    encoding: its encoding, as Python finds it out: by a byte order mark or a comment, else UTF-8.
    """

    path: str
    text: str
    encoding: str

    @classmethod
    def read(cls, path: str) -> Source:
        """The source in a file.

        Raises:
            OSError: it can't be read.
            SyntaxError: its encoding is unknown, or it has bytes that its encoding has not.
        """
        content = _files.read(path)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            place = ("", content.count(b"\n", 0, error.start) + 1, None, None)
            raise SyntaxError(f"this is not {encoding}: {error.reason}", place) from None
        if text.encode(encoding) != content:
            raise SyntaxError(f"{encoding} writes the same text in more than one way")
        return cls(path, text, encoding)

    def write(self, text: str) -> None:
        """Replaces the text: atomically, in the same encoding, and with the same mode.

        Raises:
            OSError: the file can't be written, or is read-only, whoever asks.
        """
        if not os.stat(self.path).st_mode & stat.S_IWUSR or not os.access(self.path, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is read-only", self.path)
        _files.replace(self.path, text.encode(self.encoding))
