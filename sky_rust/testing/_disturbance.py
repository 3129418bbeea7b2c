"""What happens to a call, system call by system call: errors, signals, files that change, threads that want to run."""

from __future__ import annotations

import dataclasses
import errno
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sky_rust.testing import _audit
from sky_rust.testing._outcome import Outcome, compared, observe
from sky_rust.testing._places import File, Log, Noise, Place
from sky_rust.testing._supervision import CHANGES, Child, Meanwhile, Trace, change
from sky_rust.testing._worlds import OnEvent, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sky_rust.testing._calls import Call

#: The errors that each kind of system call meets in life. Those of `stat` are `open`'s on the same path as well.
_ERRORS = {
    "open": (errno.EACCES, errno.EMFILE, errno.EIO, errno.EINTR),
    "stat": (errno.EACCES, errno.ENOENT),
    "read": (errno.EIO, errno.EISDIR, errno.EINTR, errno.ESPIPE),
    "seek": (errno.EIO,),
    "list": (errno.EIO,),
    "socket": (errno.EMFILE,),
    "bind": (errno.EACCES, errno.EADDRNOTAVAIL),
    "affinity": (errno.EPERM,),
}

#: The system calls that one of the two may make alone: an error of theirs is the other's as well.
_ALONE = ("open", "stat", "socket")

#: The kinds that are about nothing that has a path.
_WITHOUT_TARGET = ("socket", "bind", "affinity")

#: How many system calls may follow a signal whose handler ends the call: some milliseconds' worth.
_AFTER = {"bind": 300}
_AFTER_OTHERS = 4

#: The largest file whose content changes under a call.
_LARGEST = 4 << 20


def _raise(_: list[Any]) -> None:
    raise Stopped


def _note(_: list[Any]) -> None:
    pass


def _grow(arguments: list[Any]) -> None:
    for one in arguments:
        if type(one) is dict:
            one["added by a handler"] = "/"


def _shrink(arguments: list[Any]) -> None:
    for one in arguments:
        if type(one) is dict and one:
            one.popitem()


#: What a signal's handler does with the arguments of the call that it interrupts.
HANDLERS: dict[str, Callable[[list[Any]], None]] = {"raise": _raise, "note": _note, "grow": _grow, "shrink": _shrink}


class Disturbance:
    """One call of an original and its native, in a supervised process; each time, something else happens meanwhile."""

    def __init__(self, child: Child, control: Callable[..., Any], candidate: Callable[..., Any], call: Call) -> None:
        self._child, self._control, self._candidate = child, control, candidate
        self._files: dict[str, bytes] = {}
        self._call = dataclasses.replace(call, args=tuple(map(self._copied, call.args)))
        self._has_hook = any(isinstance(world, OnEvent) for world in call.worlds)
        for function in (control, candidate):
            observe(function, self._call, listen=self._has_hook)  # what a first call imports is no part of it

    def _copied(self, value: Any) -> Any:
        """An argument, where a file that may change is a copy of its own."""
        if not isinstance(value, (File, Log, Noise)) or os.path.getsize(value.path()) > _LARGEST:
            return value
        with open(value.path(), "rb") as file:
            content = file.read()
        path = f"{value.path()}.{os.getpid()}.{len(self._files)}"
        self._files[path] = content
        self._restore()
        return path

    def _restore(self) -> None:
        for path, content in self._files.items():
            with open(path, "wb") as file:
                file.write(content)

    def paths(self) -> list[str]:
        """The paths that the call's arguments name, by which an event can say where it happens."""
        named: list[Any] = []
        for one in self._call.args:
            named += one.values() if type(one) is dict else [one]
        return [one.path() if isinstance(one, Place) else one for one in named if isinstance(one, (str, Place))]

    def told(self, event: Meanwhile) -> Meanwhile:
        """The event, with the number of a path among the arguments in place of a path that the call has made."""
        paths = self.paths()
        if event.at is None or event.at.target not in paths:
            return event
        return dataclasses.replace(
            event, at=dataclasses.replace(event.at, target=f"{{{paths.index(event.at.target)}}}")
        )

    def events(self) -> list[Meanwhile]:
        """What can happen at the system calls that are made if nothing does."""
        made = self._traced(self._control, Meanwhile())[1].made
        others = self._traced(self._candidate, Meanwhile())[1].made
        paths = set(self.paths())
        found = [Meanwhile()]
        for at in sorted({*made, *others}):
            if not at.target and at.kind not in _WITHOUT_TARGET:
                continue
            both = min(made[at], others[at])
            # A hook may end the original's call before it makes system calls that its native has made by then.
            if both or at.kind in _ALONE or self._has_hook:
                found += [Meanwhile(at, error=error) for error in _ERRORS[at.kind]]
            if not both:
                continue
            found += [Meanwhile(at, nth, handler="raise") for nth in sorted({1, (both + 1) // 2, both})]
            found.append(Meanwhile(at, handler="note"))
            if at.kind == "list":
                found += [Meanwhile(at, both, handler=one) for one in ("grow", "shrink")]
            # Where a hook hears the call, other threads may run in the hook, which is Python code.
            if not _audit.is_listening() and (at.target in paths or (at.kind == "bind" and both > 1)):
                found.append(Meanwhile(at, both, runs=True))
            if at.kind == "read" and at.target in self._files:
                found += [Meanwhile(at, short=True), *(Meanwhile(at, change=how) for how in CHANGES)]
        return found

    def differences(self, event: Meanwhile) -> list[str]:
        """A line for each difference between original and native, while this happens."""
        if event.at and event.at.target[:1] == "{":
            event = dataclasses.replace(
                event, at=dataclasses.replace(event.at, target=event.at.target.format(*self.paths()))
            )
        expected, its_trace = self._traced(self._control, event)
        found, trace = self._traced(self._candidate, event)
        if event.handler == "raise":
            # The moment at which the handler runs decides about the rest.
            expected, found = (Outcome(one.value, (), one.exception, left=one.left) for one in (expected, found))
        # Where a read fails, a native may decline: the original raises its events once more.
        lines = compared(expected, found, without=("events",))
        if event.change:
            # A native may have read more of the file by then, or declined: it is as if the file had changed before.
            before = self._traced(self._control, event, at_once=True)[0]
            lines = lines if compared(before, found, without=("events",)) else []
            # Nor does it know the file from an earlier call.
            again = self._traced(self._candidate, event, at_once=True)[0]
            lines = lines or compared(before, again, without=("events",))
        if trace.flags - its_trace.flags:
            lines.append(f"  flags: {dict(its_trace.flags)} (control), {dict(trace.flags)} (candidate)")
        if trace.effects - its_trace.effects:
            lines.append(f"  effects: {dict(its_trace.effects)} (control), {dict(trace.effects)} (candidate)")
        if event.runs and its_trace.ran and not trace.ran:
            lines.append(f"  threads: others run at {event.at} (control), they don't (candidate)")
        allowed = its_trace.after + (_AFTER.get(event.at.kind, _AFTER_OTHERS) if event.at else 0)
        if event.handler == "raise" and trace.after > allowed:
            lines.append(f"  after the signal: {its_trace.after} calls (control), {trace.after} (candidate)")
        return lines

    def _traced(
        self, function: Callable[..., Any], event: Meanwhile, *, at_once: bool = False
    ) -> tuple[Outcome, Trace]:
        """One call's outcome and its system calls; with `at_once`, a file's change comes before the call."""
        self._restore()
        if at_once and event.at:
            change(event.at.target, event.change)
        traces: list[Trace] = []

        def supervised(*args: Any, **kwargs: Any) -> Any:
            result: list[Any] = []
            error: list[BaseException] = []

            def make() -> None:
                try:
                    result.append(function(*args, **kwargs))
                except BaseException as raised:
                    error.append(raised)

            with _handled(event, [*args, *kwargs.values()]):
                traces.append(self._child.supervised(make, None if at_once else event)[1])
            if error:
                raise error.pop()
            return result[0]

        outcome = observe(supervised, self._call)
        # A handler that ran late may have ended the supervision.
        return outcome, traces[0] if traces else Trace()


@contextmanager
def _handled(event: Meanwhile, arguments: list[Any]) -> Iterator[None]:
    """Handles the signal that an event sends."""
    if not event.handler:
        yield
        return
    handle = HANDLERS[event.handler]
    before = signal.signal(signal.SIGUSR1, lambda *_: handle(arguments))
    signal.siginterrupt(signal.SIGUSR1, False)  # for itself, the signal gives no call an error that it can't have
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
