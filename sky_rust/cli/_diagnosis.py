"""What `sky-rust doctor` finds out, and what follows from it: the problems, and what to type next.

SkyPilot is imported, and the self-check made, in a forked process: whatever happens there, this one goes on, and keeps
nothing of it.
"""

from __future__ import annotations

import os
import shlex
import stat
import sys
import tempfile
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

import sky_rust
from sky_rust import _control_file, _fleet, _install, _policy, _process, _registry, _skypilot, _status
from sky_rust._policy import Setting
from sky_rust._registry import FUNCTIONS
from sky_rust._registry import function as line_of
from sky_rust._wanted import wanted
from sky_rust.cli import _exit, _report
from sky_rust.cli import _fleet as cli_fleet
from sky_rust.cli._report import Problem
from sky_rust.cli._self_check import Check, check
from sky_rust.testing import _places
from sky_rust.testing._children import ChildError, in_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sky_rust._control_file import Control
    from sky_rust._fleet import Fleet
    from sky_rust._status import FunctionStatus

#: The libraries that originals reach: the name by which each is imported, and that of its distribution.
LIBRARIES = {"psutil": "psutil", "yaml": "PyYAML", "pendulum": "pendulum", "jsonschema": "jsonschema"}

#: The parts of the work, as `diagnose` names them.
PARTS = ("importing SkyPilot", *(function.name for function in FUNCTIONS))


class Library(NamedTuple):
    """A library that originals reach.

    name: of its distribution.
    release: '' where it is not installed.
    proven: whether every native that needs it is proven with it; None where there are no natives to ask.
    functions: the functions that need it.
    """

    name: str
    release: str
    proven: bool | None
    functions: list[str]


class Function(NamedTuple):
    """One function.

    status: what `sky_rust.status()` says of it.
    rate: the share of calls that shadow compares.
    source: where its switch comes from (see `Wanted.source`).
    is_skypilots: whether SkyPilot has it; otherwise it is a reference.
    proven: whether its native is proven with its original; None where there are no natives.
    check: its self-check.
    """

    status: FunctionStatus
    rate: float
    source: str
    is_skypilots: bool
    proven: bool | None
    check: Check

    def document(self) -> dict[str, Any]:
        """All of it, for a document."""
        own = {**self._asdict(), **self.status._asdict(), "check": self.check._asdict()}
        del own["status"]
        return own


class Look(NamedTuple):
    """What the forked process has found.

    trouble: why SkyPilot can't be imported; '' if it can.
    folder: SkyPilot's; '' where it is not installed.
    functions, libraries: all of them.
    proofs: why a file of proofs can't be read; '' if all can.
    hooks: words about audit hooks, which make calls slower.
    crash: how the self-check ended without a result; '' if it didn't.
    is_at_home: whether it was found with the user's home folder, and not with an empty one.
    """

    trouble: str
    folder: str
    functions: list[Function]
    libraries: list[Library]
    proofs: str
    hooks: str
    crash: str = ""
    is_at_home: bool = True


class Step(NamedTuple):
    """What to do next: words for it, and the command; '' where there is none."""

    text: str
    command: str = ""


class Diagnosis(NamedTuple):
    """All that was found out.

    facts: what `status` says of the installation as well.
    module: the file of the compiled module; '' without one.
    shadowed: the folder of an installed sky_rust that the imported one hides; '' if there is none.
    variables: the variables of sky-rust that are set.
    unknown: those of them that nobody reads, each with the one that it may have been meant for.
    control: the control file.
    look: what the forked process has found.
    fleet: the processes of this host that have natives.
    """

    facts: dict[str, Any]
    module: str
    shadowed: str
    variables: dict[str, str]
    unknown: dict[str, str]
    control: Control
    look: Look
    fleet: Fleet

    @property
    def is_control_named(self) -> bool:
        """Whether `SKY_RUST_CONTROL` names the control file, so that every process obeys it that installs functions."""
        return bool(_process.POLICY.control_file)

    @property
    def different(self) -> list[str]:
        """The functions in whose self-check a native differed from its original, or crashed."""
        return [one.status.name for one in self.look.functions if one.check.result in ("differs", "crashed")]

    @property
    def tripped(self) -> list[str]:
        """The functions that a breaker has switched off in a process of this host."""
        return [
            function.name
            for function in FUNCTIONS
            for process in self.fleet.processes
            if cli_fleet.is_tripped(process.functions.get(function.name, {}))
        ]

    def problems(self) -> list[Problem]:
        """What isn't as it should be, each once, the gravest first."""
        found = [Problem(self.look.crash, self.different)] if self.look.crash else []
        found += [
            Problem(one.check.reason, [one.status.name]) for one in self.look.functions if one.check.result == "differs"
        ]
        if not self.facts["native"]:
            found.append(Problem(self.facts["reason"], []))
        if not self.facts["skypilot"]:
            words = "SkyPilot is not installed: only the references can have natives"
            found.append(Problem(words, [], ""))
        if self.look.trouble:
            found.append(Problem(self.look.trouble, []))
        if self.facts["native"]:
            statuses = [one.status for one in self.look.functions]
            found += _report.problems_of([one for one in statuses if one.reason != self.look.trouble])
        if self.look.proofs:
            found.append(Problem(self.look.proofs, []))
        for reason in filter(None, (self.control.refused, self.control.switches.problem)):
            if all(reason not in one.text for one in found):
                found.append(Problem(f"the control file is not obeyed: {reason}", []))
        return found

    def remarks(self) -> list[str]:
        """What is no problem by itself, and yet not what somebody may have meant."""
        found = []
        if self.shadowed:
            found.append(
                f"this hides the installed one in {self.shadowed}: start Python elsewhere, or without PYTHONPATH"
            )
        for name, similar in self.unknown.items():
            hint = f": did you mean {similar}?" if similar else ""
            found.append(f"{name}={self.variables[name]} is no variable that sky-rust reads{hint}")
        if lines := ", ".join(self.control.switches.unknown):
            found.append(f"{self.control.file} has lines for no function of this release: {lines}")
        own = {f"{', '.join(one.functions)}: {one.text}" for one in self.problems()}
        for line, pids in cli_fleet.remarks(self.fleet).items():
            if line not in own and all(line != one.text for one in self.problems()):
                found.append(f"process {', '.join(map(str, pids))}: {line}")
        return found

    def status(self) -> int:
        """The exit status."""
        if self.different or self.look.crash:
            return _exit.CHECK_FAILED
        return _exit.PROBLEM if self.problems() or self.tripped else 0

    def next(self) -> list[Step]:
        """What to type next: two steps at most, for what matters most."""
        steps = [*self._steps_against_differences(), *self._steps_towards_natives()]
        return list(dict.fromkeys(steps or self._steps_into_servers()))[:2]

    def _steps_against_differences(self) -> Iterator[Step]:
        if self.look.crash or self.different:
            names = self.different[:1]
            words = "take it back to Python in every process that follows the control file"
            yield Step(words, f"sky-rust switch {names[0] if names else 'all'} off")
            yield Step("find the smallest call that shows it, for a report", " ".join(["sky-rust verify", *names]))
        elif self.tripped:
            words = "find the smallest call that shows what a breaker saw, for a report"
            yield Step(words, f"sky-rust verify {self.tripped[0]}")
            yield Step("see what each process says of it", "sky-rust status")

    def _steps_towards_natives(self) -> Iterator[Step]:
        yield from _mending(self.control)
        if _process.POLICY.disabled:
            yield Step("let functions run natively", "unset SKY_RUST")
        elif not self.facts["native"]:
            words = "install natives: from a checkout, with Rust 1.85 or newer and a C compiler"
            yield Step(words, "SKY_RUST_BUILD=require pip install --force-reinstall --no-deps .")
        if not self.facts["skypilot"]:
            yield Step("install SkyPilot in this environment", "pip install skypilot==0.14.1")
        if not self.look.is_at_home:
            yield Step("give SkyPilot a home folder that it can use, and write to", "export HOME=FOLDER")
        elif self.look.trouble:
            yield Step("see SkyPilot's own error, and mend that", f"{sys.executable} -c 'import sky'")
        if not self.facts["native"]:
            return
        for library in self.look.libraries:
            if not library.release:
                yield Step(f"install {library.name}, which some functions need", f"pip install {library.name.lower()}")
        for problem in self.problems():
            if problem.command:
                yield Step("prove it here; what holds runs natively from then on", problem.command)
        off = [one for one in self.look.functions if one.status.switch == "off"]
        by_control = [one.status.name for one in off if one.source == "control file"]
        if by_control and not self.control.switches.problem:
            some = "all" if len(by_control) == len(FUNCTIONS) else by_control[0]
            yield Step(f"switch {some} on again, once you want it", f"sky-rust switch {some} on")
        for one in off:
            if one.source.startswith("SKY_RUST"):
                words = f"switch {one.status.name} on again, once you want it"
                yield Step(words, f"unset {one.source.partition('=')[0]}")

    def _steps_into_servers(self) -> Iterator[Step]:
        """What to do where all is well."""
        if self.fleet.processes:
            yield Step("see the processes of this host, and what each function does there", "sky-rust status")
        elif cli_fleet.can_run():
            yield Step("bring natives into an API server, and into all that it starts", "sky-rust run -- sky api start")
            yield Step("or as its plugin, in ~/.sky/plugins.yaml: `class: sky_rust.plugin.SkyRustPlugin`")
        else:
            yield Step("install it with pip, in the environment of the API server; then `sky-rust run` can begin there")

    def document(self) -> dict[str, Any]:
        """All of it, for a document."""
        return {
            **self.facts,
            "executable": sys.executable,
            "module": self.module,
            "machine": _report.machine(),
            "hooks": self.look.hooks,
            "shadowed": self.shadowed,
            "skypilot_folder": self.look.folder,
            "libraries": [one._asdict() for one in self.look.libraries],
            "variables": self.variables,
            "control": self.control.document(),
            "functions": [one.document() for one in self.look.functions],
            "processes": [one._asdict() for one in self.fleet.processes],
            "problems": [one._asdict() for one in self.problems()],
            "remarks": self.remarks(),
            "next": [one._asdict() for one in self.next()],
            "status": self.status(),
        }


def _mending(control: Control) -> Iterator[Step]:
    """How to mend a control file that isn't obeyed, or can't be read."""
    path = shlex.quote(control.file)
    if control.switches.problem:
        words = "see where the control file is no JSON; until it is mended, all functions are off"
        yield Step(words, f"python3 -m json.tool {path}")
    if not control.refused:
        return
    with suppress(OSError):
        found = os.stat(control.file)
        if not stat.S_ISREG(found.st_mode):
            yield Step("put away what is in the control file's place", f"mv {path} {path}.old")
        elif found.st_uid not in (0, os.geteuid()):
            yield Step("let the control file be this user's", f"sudo chown {os.geteuid()} {path}")
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            yield Step("let nobody else write the control file", f"chmod go-w {path}")
        else:
            yield Step("see who may read the control file, and how long it is", f"ls -lL {path}")


def diagnose(begin: Callable[[str], None]) -> Diagnosis:
    """Finds it all out.

    Args:
        begin: called with each of `PARTS` as it begins; with all of them twice, if SkyPilot can't be imported at first.
    """
    control = _control_file.read(_process.CONTROL_FILE, (one.name for one in FUNCTIONS))
    unknown = _policy.unknown(_process.VARIABLES, FUNCTIONS)
    module = ""
    if sky_rust.is_rust_available():
        from sky_rust import _native

        module = str(_native.__file__)
    return Diagnosis(
        _report.facts(),
        module,
        _shadowed(),
        _process.VARIABLES,
        unknown,
        control,
        _looked(control, begin),
        _fleet.read(),
    )


def _shadowed() -> str:
    """The folder of an installed sky_rust that the imported one hides, as a checkout does; '' if there is none."""
    try:
        installed = str(metadata.distribution("sky-rust").locate_file("sky_rust"))
    except metadata.PackageNotFoundError:
        return ""
    is_other = os.path.isdir(installed) and os.path.realpath(installed) != os.path.realpath(_report.folder())
    return installed if is_other else ""


def _looked(control: Control, begin: Callable[[str], None]) -> Look:
    """What a forked process finds; with an empty home folder, if SkyPilot can't be imported with the user's."""
    with suppress(OSError):
        _places.folder()  # made here, since the forked process removes nothing
    look = _look_in_child(control, begin)
    if not look.trouble:
        return look
    with suppress(OSError), tempfile.TemporaryDirectory(prefix="sky-rust-home-") as home:
        again = _look_in_child(control, begin, home)
        if not again.trouble:
            trouble = f"{look.trouble}; with an empty home folder it can, and the rest of this is of such a one"
            return again._replace(trouble=trouble, is_at_home=False)
    return look


def _look_in_child(control: Control, begin: Callable[[str], None], home: str = "") -> Look:
    """What a forked process finds. If it ends without a result, another one looks at all else than the self-check.

    Args:
        control: the control file that is obeyed.
        begin: as for `diagnose`.
        home: the home folder; '' for the user's.
    """
    parts, part = iter(PARTS), ""

    def step() -> None:
        nonlocal part
        part = next(parts)
        begin(part)

    try:
        found: Look = in_child(lambda step: _look(control, home, _checked, step), step)
        return found
    except ChildError as error:
        crash = f"the process of {'' if ' ' in part else 'the self-check of '}{part}: {error}"

    def unchecked(status: FunctionStatus) -> Check:
        return Check("crashed", reason=crash) if status.name == part else Check("unchecked", reason=crash)

    try:
        found = in_child(lambda step: _look(control, home, unchecked, step), lambda: None)
    except ChildError:
        return Look("", "", [], [], "", "", crash)
    return found._replace(crash=crash)


def _look(control: Control, home: str, checked: Callable[[FunctionStatus], Check], step: Callable[[], None]) -> Look:
    """Looks at SkyPilot and at each function, in this process.

    Args:
        control: as for `_look_in_child`.
        home: as for `_look_in_child`.
        checked: makes the self-check of a function that runs natively.
        step: called before SkyPilot is imported, and before each function is looked at.
    """
    if home:
        own = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        os.environ.update(HOME=home, XDG_CONFIG_HOME=own)  # the user's own proofs count
    step()
    trouble = _report.import_obstacle()
    if trouble:
        statuses = [one._replace(reason=trouble) for one in _status.status().values()]
    else:
        _report.attach(control)
        statuses = list(_status.status().values())
    if _process.POLICY.disabled:
        statuses = [one._replace(switch="off") for one in statuses]
    settings = {one.function.name: (one.setting.rate, one.source) for one in wanted()}
    in_shadow = [one.name for one in statuses if one.switch == "shadow"]
    with suppress(ImportError):  # in shadow, callers get what the control returns, and nothing could differ
        _install.obey({name: Setting("on", "") for name in in_shadow})
    functions = []
    for status in statuses:
        step()
        found = checked(status) if status.backend == "rust" else Check("python", reason=status.reason)
        is_skypilots, proven = (False, None) if trouble else _origin(line_of(status.name))
        functions.append(Function(status, *settings[status.name], is_skypilots, proven, found))
    sky = sys.modules.get("sky")
    folder = os.path.dirname(str(getattr(sky, "__file__", "") or ""))
    return Look(trouble, folder, functions, _libraries(), _proofs_trouble(), _report.hooks())


def _checked(status: FunctionStatus) -> Check:
    return check(status.name)


def _origin(function: _registry.Function) -> tuple[bool, bool | None]:
    """Whether a function is SkyPilot's, and whether its native is proven with it (None without natives)."""
    home = _skypilot.home_module(function.module)
    is_skypilots = home is not None and _skypilot.look_up(home, function.name) is not None
    if not sky_rust.is_rust_available():
        return is_skypilots, None
    from sky_rust import _proof

    try:
        return is_skypilots, not _proof.obstacle(_skypilot.original(function), function)
    except Exception:  # somebody's code makes what is looked up
        return is_skypilots, False


def _proofs_trouble() -> str:
    if not sky_rust.is_rust_available():
        return ""
    from sky_rust import _proof

    return _proof.trouble()


def _libraries() -> list[Library]:
    """The libraries as they are in this process."""
    functions: dict[str, list[str]] = {library: [] for library in LIBRARIES}
    proven: dict[str, bool] = {}
    releases: dict[str, str] = {}
    if sky_rust.is_rust_available():
        from sky_rust import _native, _proof
        from sky_rust.testing._libraries import libraries_of

        for function in FUNCTIONS:
            found = libraries_of(function.name)
            for library in _native.libraries(function.name):
                digest, releases[library] = found.get(library, ("", ""))
                functions[library].append(function.name)
                proven[library] = proven.get(library, True) and _proof.is_proven(function.name, digest)
    return [
        Library(name, releases.get(library) or _release(name), proven.get(library), functions[library])
        for library, name in LIBRARIES.items()
    ]


def _release(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
