"""A call, and the world that it is made in."""

from __future__ import annotations

import os
import resource
import socket
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
        """Sets them, and puts back what was there."""
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


@dataclass(frozen=True)
class BusyPorts:
    """TCP ports that somebody else has bound during the call (those that can be)."""

    ports: frozenset[int]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Binds them."""
        with ExitStack() as stack:
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
        """Moves the thread there and back."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cpus)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class DescriptorLimit:
    """The number of file descriptors that this process may have during the call: the soft limit.

    soft: -1 for no limit. One that is below the number of open descriptors lets none be opened.
    """

    soft: int

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets it, as far as the hard limit allows, and puts back what was there."""
        before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        soft = self.soft if hard == -1 or 0 <= self.soft <= hard else before
        with suppress(ValueError, OSError):  # more than the kernel gives anybody
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


@dataclass(frozen=True)
class Call:
    """One call: the arguments, and the world around it.

    args, kwargs: as the function is called with.
    worlds: entered before the call and left after it, each time that the call is made.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    worlds: tuple[Environ | BusyPorts | Affinity | DescriptorLimit, ...] = ()

    def __call__(self, function: Callable[..., Any]) -> Any:
        """Makes the call, in whatever world is there."""
        return function(*self.args, **self.kwargs)

    def world(self) -> AbstractContextManager[Any]:
        """The world, to be entered."""
        stack = ExitStack()
        for world in self.worlds:
            stack.enter_context(world.entered())
        return stack
