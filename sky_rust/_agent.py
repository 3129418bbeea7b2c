"""The agent: a thread that follows the control file, and writes what this process says of itself to the fleet's folder.

There is one in each process that SkyPilot's plugin or `sky-rust run` has begun, and where `SKY_RUST_CONTROL` names a
control file. A forked child has none until its next `install`, `status` or compared call.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

import sky_rust
from sky_rust import _control_file, _fleet, _install, _process, _skypilot, _status
from sky_rust._registry import FUNCTIONS
from sky_rust._wanted import wanted

#: How often the control file is read, in seconds.
PERIOD = 0.5


def install(*names: str) -> None:
    """Attaches natives to SkyPilot's own functions, wherever these are already imported.

    Nothing of SkyPilot is imported: a function of a module that isn't imported yet gets its native once it is. Where
    SkyPilot is not installed, or lacks a function, the reference gets the native. A function that can't run natively
    stays as it is; `status()` says why. Again is the same as once; after SkyPilot's module was reloaded, again is
    needed. Where `SKY_RUST_CONTROL` names a control file, this process follows it from now on.

    Args:
        names: the functions; all of them by default.

    Raises:
        ValueError: there is no function of that name.
        ImportError: `SKY_RUST=require` and a native can't be used. (Where SkyPilot's module isn't imported yet, its
            import raises that.)
    """
    try:
        _install.install(*names)
    finally:
        if _process.POLICY.control_file:
            _start("program")


def begin(context: str, trouble: str = "") -> None:
    """Installs all functions in this process, and starts its agent. Raises nothing: what goes wrong is in its status.

    Nor does anything raise later: `SKY_RUST=require` is for those who call `install` themselves.

    Args:
        context: what begins; see `_fleet.Process`.
        trouble: what has gone wrong before, for the status; '' for nothing.
    """
    state = _process.agent_state()
    state["is_begun"] = True
    try:
        state["trouble"] = trouble
        _install.install()
        _install.require()
    except Exception as error:
        state["trouble"] = "; ".join(filter(None, (trouble, f"{type(error).__name__}: {error}")))
    with suppress(Exception):
        _start(context)


def _start(context: str) -> None:
    """Starts the agent if there is none. In a forked child, `_process.ensure_agent` does it again."""
    state = _process.agent_state()
    state["context"], state["start_agent"] = context, lambda: _start(context)
    agent = Agent()
    if state.setdefault("agent", agent) is not agent:
        return
    agent.look()
    if _process.POLICY.disabled:  # nothing can change, and nothing is counted
        return
    thread = threading.Thread(target=agent.run, name="sky-rust agent", daemon=True)
    with suppress(RuntimeError):  # the interpreter ends, or there may be no more threads
        thread.start()
    atexit.register(agent.look)


class Agent:
    """The agent of one process, with what it remembers from look to look."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._looking = threading.Lock()
        self._obeyed: tuple[bytes | None] | None = None
        self._written: _fleet.Process | None = None
        self._written_at = 0.0

    def run(self) -> None:
        """Looks again and again, until the process ends."""
        pause = threading.Event()
        while not pause.wait(PERIOD):
            self.look()

    def look(self) -> None:
        """Reads the control file and obeys it, and writes the process's file if anything is new. Raises nothing."""
        if os.getpid() != self._pid:  # a forked child that ends
            return
        with self._looking:  # when the process ends, its thread may look just then
            state, trouble = _process.agent_state(), ""
            try:
                self._obey(state)
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}"
            with suppress(Exception):  # the folder can't be written: nobody could read of it there
                self._tell(this_process(state, trouble))

    def _obey(self, state: dict[str, Any]) -> None:
        path = _process.CONTROL_FILE
        control = state.setdefault("control", {"file": path, "digest": "", "problem": "", "refused": ""})
        try:
            content = _control_file.load(path)
        except _control_file.RefusedError as refused:
            control["refused"] = str(refused)
            return
        control["refused"] = ""
        if self._obeyed == (content,):
            return
        names = [function.name for function in FUNCTIONS]
        switches = _control_file.NO_FILE if content is None else _control_file.parse(path, content, names)
        control["problem"] = switches.problem
        _install.obey({name: switches.of(name) for name in names})
        # What can't be applied is neither noted nor told as obeyed: the next look tries it again.
        control["digest"] = switches.digest
        self._obeyed = (content,)

    def _tell(self, process: _fleet.Process) -> None:
        if process != self._written or monotonic() - self._written_at > _fleet.REPEAT:
            _fleet.write(process)
            self._written, self._written_at = process, monotonic()


def this_process(state: dict[str, Any], trouble: str) -> _fleet.Process:
    """What this process says of itself now. Where its functions can't be asked, that is its trouble."""
    functions: dict[str, dict[str, Any]] = {}
    try:
        functions = _functions()
    except Exception as error:  # a compiled module of another release, for one
        trouble = f"{type(error).__name__}: {error}"
    pid = os.getpid()
    return _fleet.Process(
        pid=pid,
        start=_fleet.start_of(pid) or "",
        context=state.get("context", ""),
        version=sky_rust.__version__,
        python=sys.version.split()[0],
        skypilot=_skypilot.version(),
        obstacle=_process.native_obstacle(),
        control=dict(state.get("control", {})),
        trouble=state.get("trouble") or trouble,
        functions=functions,
    )


def _functions() -> dict[str, dict[str, Any]]:
    """What this process says of each function; see `_fleet.Process`."""
    statuses, stats = _status.status(), _status.stats()
    functions = {}
    for one in wanted():
        name = one.function.name
        report = statuses[name]
        functions[name] = {
            **report._asdict(),
            "rate": one.setting.rate,
            **stats[name]._asdict(),
            **{
                count: getattr(stats[name], count) - before
                for count, before in zip(_fleet.COUNTS, _process.inherited(name))
            },
            "nanoseconds": _status.nanoseconds(name),
        }
        del functions[name]["name"]
    return functions
