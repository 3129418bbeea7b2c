"""Arguments that stand for a path: the file there is made when a call first needs it."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import random
import shutil
import tempfile
from dataclasses import dataclass


@functools.cache
def folder() -> str:
    """The folder of the files, which is this process's, and that of the processes forked from it from now on."""
    owner, path = os.getpid(), tempfile.mkdtemp(prefix="sky-rust-testing-")

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(path, ignore_errors=True)

    atexit.register(remove)
    return path


class Place:
    """An argument that stands for a path: the file there is made when a call first needs it."""

    def path(self) -> str:
        """The path, below that folder."""
        path = os.path.join(folder(), self._name())
        if not os.path.lexists(path):
            self._make(path)
        return path

    def _name(self) -> str:
        raise NotImplementedError

    def _make(self, path: str) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class File(Place):
    """A file with this content."""

    content: bytes

    def _name(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:24]

    def _make(self, path: str) -> None:
        with open(path, "wb") as file:
            file.write(self.content)


@dataclass(frozen=True)
class Pieces(Place):
    """A file of pieces, each so many times: what would be long to write down.

    pieces: bytes, and how often they come.
    """

    pieces: tuple[tuple[bytes, int], ...]

    def _name(self) -> str:
        return hashlib.sha256(repr(self.pieces).encode()).hexdigest()[:24]

    def _make(self, path: str) -> None:
        with open(path, "wb") as file:
            for piece, times in self.pieces:
                file.write(piece * times)


@dataclass(frozen=True)
class Sparse(Place):
    """A file of so many null bytes, which take no room on the disk, and of what is at its end."""

    size: int
    end: bytes = b""

    def _name(self) -> str:
        return f"sparse-{self.size}-{self.end.hex()}"

    def _make(self, path: str) -> None:
        with open(path, "wb") as file:
            file.truncate(self.size)
            file.seek(self.size)
            file.write(self.end)


@dataclass(frozen=True)
class Noise(Place):
    """A file with so many bytes of noise: always the same, and never in memory as a whole."""

    size: int

    def _name(self) -> str:
        return f"noise-{self.size}"

    def _make(self, path: str) -> None:
        noise = random.Random(self.size)
        with open(path, "wb") as file:
            for start in range(0, self.size, 1 << 20):
                file.write(noise.randbytes(min(1 << 20, self.size - start)))


@dataclass(frozen=True)
class Log(Place):
    """A log with so many lines of 38 to 238 bytes."""

    lines: int

    def _name(self) -> str:
        return f"log-{self.lines}"

    def _make(self, path: str) -> None:
        noise = random.Random(0)
        with open(path, "wb") as file:
            file.writelines(b"I 11-23 20:31:07 " + b"x" * noise.randint(20, 220) + b"\n" for _ in range(self.lines))


@dataclass(frozen=True)
class Directory(Place):
    """A directory with so many files, and, if there are any, one subdirectory."""

    entries: int

    def _name(self) -> str:
        return f"directory-{self.entries}"

    def _make(self, path: str) -> None:
        os.mkdir(path)
        for index in range(self.entries):
            name = ("{}", "{}\N{SNOWMAN}", ".{}", "..{}", "\udcff{}")[index % 5].format(index)
            with open(os.path.join(path, name), "wb"):
                pass
        if self.entries:
            os.mkdir(os.path.join(path, "sub"))


@dataclass(frozen=True)
class Unreadable(Place):
    """A path that can't be read (but by root): a "file" or a "directory"; or a symbolic "link" to itself."""

    kind: str

    def _name(self) -> str:
        return f"unreadable-{self.kind}"

    def _make(self, path: str) -> None:
        if self.kind == "directory":
            os.mkdir(path, 0)
        elif self.kind == "file":
            with open(path, "wb") as file:
                file.write(b"hidden")
            os.chmod(path, 0)
        else:
            os.symlink(path, path)


@dataclass(frozen=True)
class Missing(Place):
    """A path below a directory that doesn't exist."""

    name: str

    def _name(self) -> str:
        return os.path.join("no", self.name)

    def _make(self, path: str) -> None:
        pass
