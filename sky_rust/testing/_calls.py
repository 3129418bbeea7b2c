"""A call, and the world in which it is made: its environment variables, ports, CPUs and descriptors."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import random
import resource
import socket
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager


@dataclass(frozen=True)
class Environ:
    """Environment variables during the call, through `os.environ`; None deletes one."""

    variables: Mapping[str, str | None]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the variables, and puts the old values back."""
        before = {name: os.environ.get(name) for name in self.variables}
        try:
            self._set(self.variables)
            yield
        finally:
            self._set(before)

    @staticmethod
    def _set(variables: Mapping[str, str | None]) -> None:
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _turn() -> Iterator[None]:
    """Waits while another process that tests has ports: it may want the same ones. Goes on after three seconds."""
    path = os.path.join(tempfile.gettempdir(), f"sky-rust-testing-ports-{os.getuid()}")
    with open(path, "ab") as file:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.001)
        yield


@dataclass(frozen=True)
class BusyPorts:
    """TCP ports that other sockets hold during the call (those of them that can be bound)."""

    ports: frozenset[int]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Binds the ports."""
        with _turn(), ExitStack() as stack:
            for port in sorted(self.ports):
                holder = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                try:
                    holder.bind(("", port))
                except OSError:
                    continue
            yield


@dataclass(frozen=True)
class Affinity:
    """The CPUs that the calling thread may run on during the call."""

    cpus: frozenset[int]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the thread's affinity, and puts the old one back."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cpus)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class DescriptorLimit:
    """The number of file descriptors that this process may have during the call: the soft limit.

    soft: -1 for no limit. With a limit below the number of open descriptors, none can be opened.
    """

    soft: int

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the limit, as far as the hard limit allows, and puts the old one back."""
        before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        soft = self.soft if hard == -1 or 0 <= self.soft <= hard else before
        with suppress(ValueError, OSError):  # more than the kernel allows any process
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


@functools.cache
def _folder(_pid: int) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sky-rust-testing-")


class Place:
    """An argument that stands for a path: the file there is made when a call first needs it."""

    def path(self) -> str:
        """The path, below one folder of this process."""
        path = os.path.join(_folder(os.getpid()).name, self._name())
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
            with open(os.path.join(path, f"{index}\N{SNOWMAN}" if index % 3 else f".{index}"), "wb"):
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


def _in_place(value: Any) -> Any:
    """An argument as the function gets it."""
    if isinstance(value, Place):
        return value.path()
    if type(value) is dict:
        return {key: _in_place(item) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Call:
    """One call: the arguments, and the world around it.

    args, kwargs: the arguments; a `Place` such as `File(b"..")` stands for the path of such a file.
    worlds: the parts of the world; each is entered before the call and left after it, each time the call is made.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    worlds: tuple[Environ | BusyPorts | Affinity | DescriptorLimit, ...] = ()

    def __call__(self, function: Callable[..., Any]) -> Any:
        """Makes the call in the present world, without entering that of the call."""
        args, kwargs = self.arguments()
        return function(*args, **kwargs)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the function gets them."""
        return tuple(map(_in_place, self.args)), {name: _in_place(value) for name, value in self.kwargs.items()}

    def world(self) -> AbstractContextManager[Any]:
        """The call's world, entered until the returned context ends."""
        self.arguments()  # makes the files, before the world may be one without descriptors
        stack = ExitStack()
        for world in self.worlds:
            stack.enter_context(world.entered())
        return stack
