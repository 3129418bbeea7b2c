"""The parts of the world in which a call is made.

Most are entered around the call and all that prepares it. Those that are `innermost` are in force for the call alone.
"""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import fcntl
import os
import re
import resource
import socket
import sys
import tempfile
import threading
import time
import types
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sky_rust.testing import _audit, _namespace, _spies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Protocol

    class World(Protocol):
        """A part of the world."""

        innermost: ClassVar[bool]

        def entered(self) -> AbstractContextManager[None]:
            """Makes the world so, and in the end as it was."""


class Stopped(BaseException):  # as KeyboardInterrupt
    """What hooks and handlers of signals raise, and no original catches."""


@dataclass(frozen=True)
class Environ:
    """Environment variables during the call, through `os.environ`; None deletes one."""

    innermost: ClassVar[bool] = False
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


@dataclass(frozen=True)
class Request:
    """A request of the API server, which has environment variables of its own; without SkyPilot, there is none.

    overrides: the variables; None deletes one. None in their place: the server has its mapping, and serves no request.
    """

    innermost: ClassVar[bool] = False
    overrides: Mapping[str, str | None] | None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Puts SkyPilot's mapping in the place of `os.environ`, and the variables into its context."""
        context = sys.modules.get("sky.utils.context")
        if context is None or not hasattr(context, "ContextualEnviron"):
            yield
            return
        before, token, loop = os.environ, context._CONTEXT.set(None), None
        try:
            if sys.version_info < (3, 10):  # SkyPilot's context has an event of asyncio, which needs a loop there
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
            if self.overrides is not None:
                context.initialize()
                context.get().env_overrides.update(self.overrides)
            os.environ = context.ContextualEnviron(before)  # noqa: B003  # as SkyPilot does
            yield
        finally:
            os.environ = before  # noqa: B003
            context._CONTEXT.reset(token)
            if loop:
                asyncio.set_event_loop(None)
                loop.close()


@dataclass(frozen=True)
class Replaced:
    """A module's global has another value before the call, and its own one after it; where the module is imported.

    path: module and name, as `pkgutil.resolve_name` takes them: "psutil:_TOTAL_PHYMEM".
    value: the other value.
    """

    innermost: ClassVar[bool] = False
    path: str
    value: object

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the value, and the old one."""
        module, _, name = self.path.partition(":")
        owner = sys.modules.get(module)
        if owner is None:
            yield
            return
        before = getattr(owner, name)
        setattr(owner, name, self.value)
        try:
            yield
        finally:
            setattr(owner, name, before)


@dataclass(frozen=True)
class Extended:
    """A module's list gets one more item while the call runs: another thread appends it.

    path: module and name, as `pkgutil.resolve_name` takes them; nothing happens where the module is not imported.
    item: the item.
    seconds: after how many it is appended: by then a call has begun, and has looked at the list.
    """

    innermost: ClassVar[bool] = True
    path: str
    item: object
    seconds: float = 0.0005

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Starts the thread, and takes the item away."""
        module, _, name = self.path.partition(":")
        if module not in sys.modules:
            yield
            return
        items: list[object] = getattr(sys.modules[module], name)
        thread = threading.Timer(self.seconds, items.append, (self.item,))
        thread.start()
        try:
            yield
        finally:
            thread.join()
            items.pop()


@dataclass(frozen=True)
class CallsLeft:
    """The number of calls that may be nested during the call, until Python's recursion limit is reached.

    left: counted from the caller, whose own calls of the comparison are among them. Where CPython refuses so few, there
        are as few as it takes.
    """

    innermost: ClassVar[bool] = True
    left: int

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the limit, and puts the old one back."""
        before, depth, frame = sys.getrecursionlimit(), 0, sys._getframe()
        while frame.f_back is not None:
            depth, frame = depth + 1, frame.f_back
        limit = depth + self.left
        while True:
            try:
                sys.setrecursionlimit(limit)
                break
            except RecursionError:
                limit += 1
        try:
            yield
        finally:
            sys.setrecursionlimit(before)


@dataclass(frozen=True)
class Registered:
    """Something that is registered with PyYAML's `SafeDumper` during the call.

    what: a built-in type, which is represented by a text of its own; or a text, which is resolved to a tag of its own.
    """

    innermost: ClassVar[bool] = False
    what: type | str

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Registers it, on tables that are the dumper's own until the end."""
        import yaml

        before = set(vars(yaml.SafeDumper))
        if isinstance(self.what, str):
            expression = re.compile(f"^{re.escape(self.what)}$")
            yaml.SafeDumper.add_implicit_resolver("!registered", expression, [self.what[:1]])
        else:
            yaml.SafeDumper.add_representer(self.what, _represent)
        try:
            yield
        finally:
            for name in set(vars(yaml.SafeDumper)) - before:
                delattr(yaml.SafeDumper, name)


def _represent(dumper: Any, data: Any) -> Any:
    return dumper.represent_scalar("!registered", type(data).__name__)


@contextmanager
def _turn() -> Iterator[None]:
    """Waits while another process that tests has ports: it may want the same ones. Goes on after 20 seconds."""
    path = os.path.join(tempfile.gettempdir(), f"sky-rust-testing-ports-{os.getuid()}")
    with open(path, "ab") as file:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.001)
        yield


@dataclass(frozen=True)
class BusyPorts:
    """TCP ports that other sockets hold during the call (those of them that can be bound).

    address: the address of this machine on which they are held; '' for all.
    """

    innermost: ClassVar[bool] = False
    ports: frozenset[int]
    address: str = ""

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Binds the ports."""
        with _turn(), ExitStack() as stack:
            for port in sorted(self.ports):
                holder = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                try:
                    holder.bind((self.address, port))
                except OSError:
                    continue
            yield


@dataclass(frozen=True)
class Affinity:
    """The CPUs that a thread may run on during the call.

    of_main: the main thread, whose affinity passes for the process's, and not the thread that makes the call.
    """

    innermost: ClassVar[bool] = False
    cpus: frozenset[int]
    of_main: bool = False

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sets the thread's affinity, and puts the old one back."""
        thread = os.getpid() if self.of_main else 0
        before = os.sched_getaffinity(thread)
        os.sched_setaffinity(thread, self.cpus)
        try:
            yield
        finally:
            os.sched_setaffinity(thread, before)


@dataclass(frozen=True)
class DescriptorLimit:
    """The number of file descriptors that this process may have during the call: the soft limit.

    soft: -1 for no limit. With a limit below the number of open descriptors, none can be opened.
    """

    innermost: ClassVar[bool] = False
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


@dataclass(frozen=True)
class KernelFiles:
    """Files that the kernel would have written: only in a process with another view of the machine (see `_namespace`).

    files: path -> content; a surrogate stands for a byte, as in paths. Below /sys/fs/cgroup there are only these. None
        empties a folder: without what is in /proc, there is no process.
    """

    innermost: ClassVar[bool] = False
    files: Mapping[str, str | None]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Writes the files, or lays them over those that are there; and takes them away."""
        if not _namespace.is_entered():
            raise RuntimeError("the kernel's files are the machine's: call sky_rust.testing.other_machine() first")
        with ExitStack() as stack:
            for path, content in self.files.items():
                if content is None:
                    _namespace.empty(path)
                    stack.callback(_namespace.lift, path)
                    continue
                if path.startswith(_namespace.CGROUPS):
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "wb") as file:
                        file.write(os.fsencode(content))
                    stack.callback(os.unlink, path)
                    continue
                other = stack.enter_context(tempfile.NamedTemporaryFile(prefix="sky-rust-testing-"))
                other.write(os.fsencode(content))
                other.flush()
                _namespace.lay(other.name, path)
                stack.callback(_namespace.lift, path)
            yield


@dataclass(frozen=True)
class Clock:
    """The clock stands still, as it does with a library that stops time for tests.

    Such a library exchanges the C functions inside `time.time` and `datetime.datetime.now`. Both stay the same objects.

    shows: seconds since 1970, as a float; or an object of another type, which both functions return then.
    """

    innermost: ClassVar[bool] = False
    shows: object

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Exchanges the functions, and puts theirs back."""
        shown, zone, moment = self.shows, object(), None

        # These allocate nothing when they are called once more: ctypes can't pass a MemoryError on.
        def show_seconds(_: object, __: object) -> object:
            return shown

        def show_moment(_: object, args: Any, __: object) -> object:
            nonlocal zone, moment
            if args[0] is not zone:
                zone = args[0]
                moment = datetime.datetime.fromtimestamp(shown, zone) if isinstance(shown, float) else shown
            return moment

        now: Any = vars(datetime.datetime)["now"]
        with ExitStack() as stack:
            stack.enter_context(_exchanged(time.time, _NO_ARGUMENTS, show_seconds))
            stack.enter_context(_exchanged(now, _KEYWORDS | _OF_CLASS, show_moment))
            yield


#: How a C function is called, in CPython's words: METH_NOARGS, METH_VARARGS | METH_KEYWORDS and METH_CLASS.
_NO_ARGUMENTS, _KEYWORDS, _OF_CLASS = 0x4, 0x3, 0x10


class _Definition(ctypes.Structure):
    """The beginning of a `PyMethodDef`."""

    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int))


@contextmanager
def _exchanged(function: object, flags: int, other: Any) -> Iterator[None]:
    """Exchanges the C function inside a built-in function, or a method of a C class.

    Args:
        function: the function or method.
        flags: how the other one is called.
        other: what is called instead: with the object or class and, by the flags, the arguments. The last of its
            parameters gets None where CPython passes null.
    """
    parameters = 3 if flags & _KEYWORDS else 2
    callback = ctypes.PYFUNCTYPE(ctypes.py_object, *[ctypes.py_object] * (parameters - 1), ctypes.c_void_p)(other)
    # The address of the definition is behind the head, and in a method behind its class, name and qualified name.
    words = 0 if isinstance(function, types.BuiltinFunctionType) else 3
    at = id(function) + object.__basicsize__ + words * ctypes.sizeof(ctypes.c_void_p)
    definition = ctypes.POINTER(_Definition).from_address(at).contents
    before = (definition.function, definition.flags)
    definition.function, definition.flags = ctypes.cast(callback, ctypes.c_void_p).value, flags
    try:
        yield
    finally:
        definition.function, definition.flags = before


@dataclass(frozen=True)
class Spied:
    """A name that originals look up stands for another object, which notes that it is used, and does the same.

    path: module and name, as `pkgutil.resolve_name` takes them: "sky.utils.common_utils:os.path.exists".
    """

    innermost: ClassVar[bool] = True
    path: str

    def entered(self) -> AbstractContextManager[None]:
        """Puts the spy in the object's place, and the object back."""
        return _spies.spied(self.path)


@dataclass(frozen=True)
class OnEvent:
    """An audit hook that does something at an event: only where hooks are heard (see `listen`).

    event: the event's name.
    raises: the exception that it raises, the first thousand times.
    environ: variables that it sets the first time, through `os.environ`; None deletes one.
    about: the first argument of the events that are meant, such as a path; None for all.
    """

    innermost: ClassVar[bool] = True
    event: str
    raises: type[BaseException] | None = None
    environ: Mapping[str, str | None] | None = None
    about: object = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Lets the hook react, and puts the variables back."""
        with ExitStack() as stack:
            times = 0

            def react(about: object) -> None:
                nonlocal times
                if self.about not in (None, about):
                    return
                times += 1
                if self.environ and times == 1:
                    stack.enter_context(Environ(self.environ).entered())
                if self.raises and times <= 1000:
                    raise self.raises("forbidden by the hook")

            with _audit.reacting(self.event, react):
                yield
