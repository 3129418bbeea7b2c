"""The control file: live switches for every process on the host.

It is JSON, one line a function:

    {
      "*": "on",
      "hash_file": "off",
      "format_float": "shadow 0.1"
    }

`"*"` stands for all functions that have no line of their own; without it, these are as their process began. A value is
`on`, `off`, `shadow`, or `shadow` with the share of the calls that is compared.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import reprlib
import shlex
import stat
from typing import TYPE_CHECKING, Any, NamedTuple

from sky_rust import _files
from sky_rust._policy import Setting, read_rate, read_switch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The key that stands for all functions without a line of their own.
EVERY = "*"

#: The size in bytes from which on a file is refused.
LIMIT = 64 * 1024


class RefusedError(Exception):
    """A control file that isn't obeyed, with the reason: what was obeyed before stays in force."""


class Switches(NamedTuple):
    """The content of a control file.

    settings: function name or `"*"` -> its setting.
    problem: why the content can't be read, in words; '' if it can. All functions are off then.
    digest: of the content, the first 16 hexadecimal digits of its SHA-256; '' where there is no file.
    unknown: its lines that are for no function of this release, and so count for nothing.
    """

    settings: dict[str, Setting]
    problem: str
    digest: str
    unknown: tuple[str, ...] = ()

    def of(self, name: str) -> Setting | None:
        """The setting of a function; None where the file says nothing of it."""
        return self.settings.get(name) or self.settings.get(EVERY)


#: The switches of a file that isn't there: none.
NO_FILE = Switches({}, "", "")


class Control(NamedTuple):
    """A control file as it is at one moment.

    file: its path.
    there: whether there is a file.
    refused: why it isn't obeyed; '' if it is.
    switches: what it says; nothing where it isn't obeyed.
    """

    file: str
    there: bool = False
    refused: str = ""
    switches: Switches = NO_FILE

    def document(self) -> dict[str, Any]:
        """All of it, for a document."""
        return {
            "file": self.file,
            "there": self.there,
            "refused": self.refused,
            "problem": self.switches.problem,
            "switches": {key: setting._asdict() for key, setting in self.switches.settings.items()},
            "unknown": list(self.switches.unknown),
        }


def read(path: str, names: Iterable[str]) -> Control:
    """Reads a control file; `names` are the functions'."""
    try:
        content = load(path)
    except RefusedError as refused:
        return Control(path, there=True, refused=str(refused))
    return Control(path) if content is None else Control(path, there=True, switches=parse(path, content, names))


def load(path: str) -> bytes | None:
    """A control file's content; None if there is no file.

    Raises:
        RefusedError: it is no regular file, it is somebody else's than the user's or root's, its group or everybody may
            write it, or it is too long.
    """
    try:
        # A FIFO without a writer doesn't hold it up, and a terminal doesn't become this process's.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RefusedError(f"{path} can't be opened: {getattr(error, 'strerror', None) or error}") from None
    try:
        # The file that was opened is looked at, wherever links led: those of a ConfigMap go through `..data`.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{path} is no regular file")
        if status.st_uid not in (0, os.geteuid()):
            raise RefusedError(
                f"{path} belongs to the user {status.st_uid}, and not to root or to the user of this process"
            )
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise RefusedError(
                f"{path} can be written by its group or by everybody (mode {status.st_mode & 0o7777:04o})"
            )
        with open(descriptor, "rb", closefd=False) as file:  # which also reads on where the system gives a part
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise RefusedError(f"{path} can't be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    if len(data) > LIMIT:
        raise RefusedError(f"{path} is longer than {LIMIT // 1024} KiB")
    return data


def parse(path: str, data: bytes, names: Iterable[str]) -> Switches:
    """The switches in a control file's content.

    Content that nobody can read was meant as a kill switch: all functions are off. So is one function whose value
    nobody can read. A line for a function that there is not counts for nothing: the file may be for several releases.

    Args:
        path: the file's, for the reasons.
        data: its content.
        names: the functions' names.
    """
    digest = hashlib.sha256(data).hexdigest()[:16]
    try:
        lines = _lines(data)
    except ValueError as error:
        problem = f"{path} can't be read: {error}"
        return Switches({EVERY: Setting("off", f"switched off: {problem}")}, problem, digest)
    known = {EVERY, *names}
    settings = {key: _setting(path, key, value) for key, value in lines.items() if key in known}
    return Switches(settings, "", digest, tuple(key for key in lines if key not in known))


def _lines(data: bytes) -> dict[str, object]:
    """The lines in a control file's content.

    Raises:
        ValueError: it can't be read.
    """
    try:
        lines = json.loads(data, object_pairs_hook=_without_repetitions)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(lines, dict):
        raise ValueError("it is no JSON object")
    return lines


def _without_repetitions(pairs: list[tuple[str, object]]) -> dict[str, object]:
    lines = dict(pairs)
    if len(lines) != len(pairs):
        raise ValueError("a function has two lines")
    return lines


def _setting(path: str, key: str, value: object) -> Setting:
    # Lists and objects mean nothing, and may be nested more deeply than can be written.
    text = value if isinstance(value, str) else "" if isinstance(value, (list, dict)) else json.dumps(value)
    word, _, rest = text.strip().partition(" ")
    switch = read_switch(word)
    rate = read_rate(rest or "1.0") if switch == "shadow" or not rest else None
    if switch is None or rate is None:
        said = reprlib.repr(value)
        return Setting(
            "off", f"switched off: {path} says {said} of {key}, which is none of on, off, shadow, shadow RATE"
        )
    words = {"on": "switched on", "off": "switched off", "shadow": "in shadow"}[switch]
    return Setting(switch, f"{words} by {path}", rate)


class ReadOnlyError(Exception):
    """A control file that this user can't write, such as the mount of a ConfigMap."""


def change(path: str, values: Mapping[str, str | None]) -> str:
    """Changes lines of a control file: atomically, one writer at a time, with mode 0600 where it is new.

    Args:
        path: the file's. It and its folder are made where they aren't there.
        values: function name or `"*"` -> `on`, `off`, `shadow`, `shadow RATE`; None takes the line away. `"*"` takes
            the lines of all functions away as well: what is said of all holds for each.

    Returns:
        The file's new content.

    Raises:
        ReadOnlyError: the file or its folder can't be written.
        RefusedError: the file isn't one that is obeyed.
        ValueError: its content can't be read.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with _files.locked(f"{path}.lock"):
            data = load(path)
            try:
                lines = _lines(data) if data is not None else {}
            except ValueError as error:
                raise ValueError(f"{path} can't be read: {error}") from None
            content = json.dumps(_changed(lines, values), indent=2) + "\n"
            _files.replace(path, content.encode(), 0o600)
            return content
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ReadOnlyError(_advice(path, error, values)) from None
        raise


def _changed(lines: Mapping[str, object], values: Mapping[str, str | None]) -> dict[str, object]:
    kept = {} if EVERY in values else lines
    return {key: value for key, value in {**kept, **values}.items() if value is not None}


def _advice(path: str, error: OSError, values: Mapping[str, str | None]) -> str:
    """Why a file can't be written; for that of a ConfigMap, the command that changes it instead."""
    words = f"{path} can't be written: {error.strerror}"
    if not os.path.islink(os.path.join(os.path.dirname(path), "..data")):  # as kubelet mounts them
        return words
    try:
        lines = _lines(load(path) or b"{}")
    except (RefusedError, ValueError):
        lines = {}
    content = json.dumps(_changed(lines, values))
    patch = json.dumps({"data": {os.path.basename(path): content}})
    command = f"kubectl patch configmap NAME --patch {shlex.quote(patch)}"
    return f"{words}. It is the mount of a ConfigMap, which this changes: {command}"
