"""The fleet: what each process of this host that has natives says of itself, one file a process, in the user's folder.

Every process writes its own file; readers take the files of processes that are gone away, and keep the sum of their
counts. So sums never fall, whatever ends a process. Processes of other hosts and containers have folders of their own,
in the same place where they share the user's home: whether such a process lives can't be asked here, so that its folder
is judged by its age alone.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import Any, NamedTuple

from sky_rust import _files, _process

_BASE = "gone.json"

#: The counts that are added up, in the order of `FunctionStats`.
COUNTS = ("answers", "declines", "shadowed", "mismatches", "moved")

#: How often a process writes its file even if it has nothing new to say, in seconds: a day.
REPEAT = 24 * 60 * 60

#: After how many seconds without a writer or a reader the folder of another host is removed: 30 days.
_FORGET = 30 * REPEAT


#: What a process says of a function, beside the counts.
_OF_FUNCTION = {"module", "switch", "rate", "backend", "reason", "reasons", "nanoseconds"}

#: The types of the fields of a process that aren't text.
_TYPES = {"pid": int, "control": dict, "functions": dict}


class Process(NamedTuple):
    """What a process says of itself.

    pid, start: the process, and when it began, in the kernel's ticks since it booted ('' where the kernel doesn't say).
    context: what installed natives in it: 'main', 'uvicorn', 'executor' or 'controller' (SkyPilot's plugin contexts),
        'run' (`sky-rust run`), or 'program'.
    version: sky-rust's release.
    python: the Python's release.
    skypilot: SkyPilot's release.
    obstacle: why nothing can run natively in it; '' if something can.
    control: the control file that it has obeyed last: 'file', 'digest' ('' without a file), 'problem' (why its content
        can't be read), 'refused' (why the file that is there isn't obeyed).
    trouble: an error of sky-rust's own that kept it from following the control file; '' for none.
    functions: function name -> 'module', 'switch', 'rate', 'backend', 'reason', the counts (in a forked child, those
        since it was forked), 'reasons' of declines, and
        'nanoseconds' of native and control in calls that were compared.
    """

    pid: int
    start: str
    context: str
    version: str
    python: str
    skypilot: str
    obstacle: str
    control: dict[str, str]
    trouble: str
    functions: dict[str, dict[str, Any]]


class Fleet(NamedTuple):
    """The processes that live, and the counts of all, with those that are gone: function name -> count -> sum."""

    processes: list[Process]
    sums: dict[str, dict[str, int]]

    def ratio(self, name: str) -> float | None:
        """How many times as long as a function's native the original took; None if no process has compared calls."""
        took = [one.functions[name]["nanoseconds"] for one in self.processes if name in one.functions]
        native, control = (sum(times[side] for times in took) for side in (0, 1))
        return control / native if native else None


def start_of(pid: int) -> str | None:
    """When a process began, in the kernel's ticks since it booted; None if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except FileNotFoundError:
        return None if os.path.exists("/proc/self/stat") else ""
    except OSError:  # it ends just now
        return None
    # The name, in parentheses, may have blanks and parentheses inside.
    return stat.rpartition(b")")[2].split()[19].decode()


def folder() -> str:
    """The folder of this host's processes. Containers that share a home have one each."""
    try:
        namespace = f"-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        namespace = ""
    return os.path.join(_process.HOME, "processes", os.uname().nodename + namespace)


def write(process: Process) -> None:
    """Writes what this process says of itself.

    Raises:
        OSError: the folder can't be written.
    """
    where = folder()
    os.makedirs(where, mode=0o700, exist_ok=True)
    # With its start in the name, a process doesn't write over the counts of one that had its number.
    file = os.path.join(where, f"{process.pid}-{process.start}.json")
    _files.replace(file, json.dumps(process._asdict()).encode(), 0o600)


def read() -> Fleet:
    """The fleet as it is now. The counts of processes that are gone are kept, where the folder can be written.

    Folders of other hosts that are old are removed.
    """
    where = folder()
    with suppress(OSError), _files.locked(os.path.join(where, "lock")):
        os.utime(where)  # by this, the other hosts see that somebody reads here
        _remove_old(where)
        return _read(where, may_write=True)
    with suppress(FileNotFoundError, NotADirectoryError):
        return _read(where, may_write=False)
    return Fleet([], {})


def _remove_old(own: str) -> None:
    """Removes the folders of other hosts in which nobody has written or read for long.

    Each file that is written changes its folder's time, as a reader does, and every process with an agent writes once a
    day. Ages are differences of such times, which the file system sets, so that the clock of this host doesn't count.
    """
    oldest = os.stat(own).st_mtime - _FORGET
    with os.scandir(os.path.dirname(own)) as entries:
        old = [one.path for one in entries if one.is_dir(follow_symlinks=False) and one.stat().st_mtime < oldest]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)


def _read(where: str, *, may_write: bool) -> Fleet:
    gone = _sums_of(_load(os.path.join(where, _BASE)))
    living, dead = [], []
    for name in os.listdir(where):
        stem, _, kind = name.partition(".")
        pid, _, start = stem.partition("-")
        if name.startswith(f"{_BASE}."):  # a reader was killed when it wrote
            dead.append(name)
        if not pid.isdecimal():
            continue
        # Before its file is read: then what a process that is gone has written is all that it ever will.
        lives = start_of(int(pid)) == start
        process = _process_of(_load(os.path.join(where, name))) if kind == "json" else None
        if not lives:
            dead.append(name)
        if process is not None and lives:
            living.append(process)
        elif process is not None:
            _add(gone, process.functions)
    if dead and may_write:
        # In this order: a reader that ends between the two counts a process twice, and none is forgotten.
        _files.replace(os.path.join(where, _BASE), json.dumps(gone).encode(), 0o600)
        for name in dead:
            os.unlink(os.path.join(where, name))
    for process in living:
        _add(gone, process.functions)
    return Fleet(sorted(living, key=lambda one: one.pid), gone)


def _add(sums: dict[str, dict[str, int]], functions: dict[str, dict[str, Any]]) -> None:
    for name, counts in functions.items():
        of_it = sums.setdefault(name, dict.fromkeys(COUNTS, 0))
        for count in COUNTS:
            of_it[count] += counts[count]


def _load(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError):  # gone meanwhile, or not ours
        return None


def _has_counts(functions: Any) -> bool:
    return type(functions) is dict and all(
        type(one) is dict and all(type(one.get(count)) is int for count in COUNTS) for one in functions.values()
    )


def _sums_of(content: Any) -> dict[str, dict[str, int]]:
    """The sums of a file; none where there is no such file, or another release of sky-rust wrote it in another form."""
    return content if _has_counts(content) else {}


def _process_of(content: Any) -> Process | None:
    """The process of a file; None where another release of sky-rust wrote it in another form."""
    if type(content) is not dict or set(content) != set(Process._fields):
        return None
    has_types = all(type(value) is _TYPES.get(field, str) for field, value in content.items())
    if not has_types or not _has_counts(content["functions"]):
        return None
    return Process(**content) if all(set(one) >= _OF_FUNCTION for one in content["functions"].values()) else None
