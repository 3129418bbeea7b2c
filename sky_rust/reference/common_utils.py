"""The spec of the functions of `sky.utils.common_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import psutil

from sky_rust import _requirements
from sky_rust.reference import validator

if TYPE_CHECKING:
    from collections.abc import Iterator

jsonschema = _requirements.library("jsonschema", "jsonschema", __name__)

logger = logging.getLogger("sky.utils.common_utils")

_GIB = 1 << 30
_LAST_PORT = 65534


@contextlib.contextmanager
def _without_traceback() -> Iterator[None]:
    """Hides the traceback of an error that is meant for a user, as SkyPilot does.

    The limit is put back only if the body doesn't raise: after an error, later tracebacks are hidden as well.
    """
    if os.getenv("SKYPILOT_DEBUG", "False").lower() in ("true", "1"):
        yield
        return
    before = getattr(sys, "tracebacklimit", 1000)
    sys.tracebacklimit = 0
    yield
    sys.tracebacklimit = before


def base36_encode(hex_str: str) -> str:
    """The number that a hex string stands for, in base 36.

    Mirrors `sky.utils.common_utils.base36_encode`, the same in SkyPilot 0.7.0 to 0.14.1.

    Args:
        hex_str: a text that `int(hex_str, 16)` reads. A negative number makes this loop for ever, as it does the
            original.

    Returns:
        Digits `0-9a-z`, the most significant first, without leading zeros; `'0'` for zero.

    Raises:
        ValueError: `hex_str` is no hex number.
        TypeError: `hex_str` is neither a str nor bytes.
    """
    number = int(hex_str, 16)
    digits = []
    while number:
        number, digit = divmod(number, 36)
        digits.append("0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    return "".join(reversed(digits)) or "0"


def format_float(num: float, precision: int = 1) -> str:
    """A number without a decimal point if it is whole, else rounded.

    Mirrors `sky.utils.common_utils.format_float`, the same in SkyPilot 0.7.0 to 0.14.1.

    Args:
        num: an int (a bool counts as one) or a float; `nan` and the infinities are not whole.
        precision: the number of digits behind the point, for numbers that are not whole; anything that the format
            language allows between `.` and `f`.

    Returns:
        The number in decimal digits.

    Raises:
        ValueError: the format language refuses `precision`, or an int has more digits than
            `sys.get_int_max_str_digits()`.
        AttributeError: `num` has no method `is_integer`.
    """
    if isinstance(num, int):
        return str(num)
    if num.is_integer():
        precision = 0
    return f"{num:.{precision}f}"


def truncate_long_string(s: str, max_length: int = 35, truncate_middle: bool = False) -> str:
    """A string, or its beginning (and its end) around three dots if it is too long.

    Mirrors `sky.utils.common_utils.truncate_long_string` of SkyPilot 0.10.0 to 0.14.1.

    Args:
        s: the string.
        max_length: the number of characters that are allowed. A string that is cut at its end keeps that many, or the
            words that have fewer letters together (spaces don't count) if these are longer. The dots are added to
            what is kept, so the result is longer than `max_length`.
        truncate_middle: whether both ends are kept instead; the result then has `max_length` characters, three at
            least.

    Returns:
        `s` itself if it is short enough.

    Raises:
        TypeError, AttributeError: `s` is no str, or `max_length` is no number; Python's own operations raise them.
    """
    if len(s) <= max_length:
        return s
    if truncate_middle:
        kept = max_length - 3
        if kept <= 0:
            return "..."
        tail = kept // 2
        return s[: kept - tail] + "..." + (s[-tail:] if tail else "")
    words = s.split(" ")
    if len(words[0]) > max_length:
        return words[0][:max_length] + "..."
    letters, whole = 0, 0
    for whole, word in enumerate(words):  # noqa: B007  (the last index, if nothing ends the loop)
        letters += len(word)
        if letters >= max_length:
            break
    kept_words = " ".join(words[:whole])
    return kept_words + s[len(kept_words) : max(max_length, len(kept_words))] + "..."


def read_last_n_lines(
    file_path: str, n: int, chunk_size: int = 8192, encoding: str = "utf-8", errors: str = "replace"
) -> list[str]:
    """The last lines of a file.

    Mirrors `sky.utils.common_utils.read_last_n_lines`, the same in SkyPilot 0.10.1 to 0.14.1.

    Args:
        file_path: a file in which one can seek.
        n: the number of lines, 0 or more.
        chunk_size: the number of bytes that are read at once, 1 or more.
        encoding: the name of a Python codec, with which every line is decoded for itself.
        errors: the name of a Python error handler.

    Returns:
        The lines, each without the carriage returns at its end, each but the last with a newline.

    Raises:
        AssertionError: n or chunk_size is out of range, or there is no such file (not under `python -O`).
        RuntimeError: opening the file, seeking in it or reading it failed; its cause is the OSError.
        UnicodeDecodeError, LookupError: a line can't be decoded, or Python has no such codec or handler.
    """
    assert n >= 0, f"n must be non-negative. Got {n}"
    assert chunk_size > 0, f"chunk_size must be positive. Got {chunk_size}"
    assert os.path.exists(file_path), f"File not found: {file_path}"
    if n == 0:
        return []
    try:
        with open(file_path, "rb") as file:
            file.seek(0, os.SEEK_END)
            position = file.tell()
            if position == 0:
                return []
            chunks: list[bytes] = []
            newlines = 0
            while position > 0 and newlines <= n:
                step = min(chunk_size, position)
                position -= step
                file.seek(position)
                chunks.append(file.read(step))
                newlines += chunks[-1].count(b"\n")
            tail = b"".join(reversed(chunks))
            lines = tail.split(b"\n")
            wanted = lines[-n - 1 : -1] if lines[-1] == b"" else lines[-n:]
            result = [line.decode(encoding, errors=errors).rstrip("\r") + "\n" for line in wanted[:-1]]
            result.append(wanted[-1].decode(encoding, errors=errors).rstrip("\r"))
            return result
    except OSError as error:
        with _without_traceback():
            raise RuntimeError(f"Failed to read last {n} lines from {file_path}: {error}") from error


def hash_file(path: str, hash_alg: str) -> hashlib._Hash:
    """The hash of a file's bytes.

    Mirrors `sky.utils.common_utils.hash_file`, the same in SkyPilot 0.8.1 to 0.14.1.

    Args:
        path: the file; it is opened before the algorithm is looked at.
        hash_alg: a name that `hashlib.new` takes.

    Returns:
        hashlib's own object, which can be updated further.

    Raises:
        OSError: the file can't be opened or read.
        ValueError: hashlib doesn't know the algorithm.
    """
    with open(path, "rb") as file:
        result = hashlib.new(hash_alg)
        buffer = bytearray(1 << 18)
        while True:
            count = file.readinto(buffer)
            if count == 0:
                return result
            result.update(memoryview(buffer)[:count])


def find_free_port(start_port: int) -> int:
    """The first TCP port from `start_port` on that can be bound on all IPv4 addresses, without SO_REUSEADDR.

    Mirrors `sky.utils.common_utils.find_free_port` of SkyPilot 0.11.2 to 0.14.1.

    Args:
        start_port: the first port that is tried; 0 is always free. 65535 is never tried.

    Returns:
        The port; it was free when it was tried.

    Raises:
        OSError: no port is free, or there is no socket to try with.
        OverflowError: `start_port` is negative.
    """
    for port in range(start_port, _LAST_PORT + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
            try:
                attempt.bind(("", port))
            except OSError as error:
                logger.debug(f"Error binding port {port}: {error}")
            else:
                return port
    raise OSError("No free ports available.")


def get_cpu_count() -> int:
    """The CPUs that this process may use: the machine's, the thread's affinity, the control group's.

    Mirrors `sky.utils.common_utils.get_cpu_count`, the same in SkyPilot 0.9.1 to 0.14.1.

    Returns:
        Whole CPUs, rounded down: half a CPU is none. The environment variable `SKYPILOT_POD_CPU_CORE_LIMIT` overrides
        everything.

    Raises:
        ValueError: that variable is not a number; its cause is Python's error.
        OverflowError: that variable is infinite.
    """
    limit = os.getenv("SKYPILOT_POD_CPU_CORE_LIMIT")
    if limit is None:
        return _cpu_count()
    try:
        return int(float(limit))
    except ValueError as error:
        with _without_traceback():
            raise ValueError(f"Failed to parse the number of CPUs from {limit}") from error


def get_mem_size_gb() -> float:
    """The memory that this process may use: the machine's, or the control group's limit if that is less.

    Mirrors `sky.utils.common_utils.get_mem_size_gb` of SkyPilot 0.10.3 to 0.14.1.

    Returns:
        The memory in GiB. The environment variables `SKYPILOT_POD_MEMORY_GB_LIMIT` (in GiB) and
        `SKYPILOT_POD_MEMORY_BYTES_LIMIT` override everything; if both are set, the first of them counts.

    Raises:
        ValueError: the first of them that is set is not a number; its cause is Python's error.
    """
    for name, unit, unit_name in (
        ("SKYPILOT_POD_MEMORY_GB_LIMIT", 1, "GB"),
        ("SKYPILOT_POD_MEMORY_BYTES_LIMIT", _GIB, "bytes"),
    ):
        limit = os.getenv(name)
        if limit is None:
            continue
        try:
            return float(limit) / unit
        except ValueError as error:
            with _without_traceback():
                raise ValueError(f"Failed to parse the memory size from {limit} ({unit_name})") from error
    return _mem_size_gb()


def _cpu_count() -> int:
    counts: list[int] = [psutil.cpu_count()]
    if hasattr(os, "sched_getaffinity"):
        counts.append(len(os.sched_getaffinity(0)))
    limit = _get_cgroup_cpu_limit()
    if limit is not None:
        counts.append(int(limit))
    return min(counts)


def _mem_size_gb() -> float:
    total: int = psutil.virtual_memory().total
    limit = _get_cgroup_memory_limit()
    return (total if limit is None else min(total, limit)) / _GIB


def _get_cgroup_cpu_limit() -> float | None:
    try:
        if _is_cgroup_v2():
            quota_text, period_text = _text_of("/sys/fs/cgroup/cpu.max").split()
            if quota_text == "max":
                return None
            quota, period = float(quota_text), float(period_text)
            return quota / period if quota > 0 else None
        quota = float(_text_of("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"))
        period = float(_text_of("/sys/fs/cgroup/cpu/cpu.cfs_period_us"))
        return quota / period if quota > 0 and period > 0 else None
    except (OSError, ValueError):
        return None


def _get_cgroup_memory_limit() -> int | None:
    try:
        v1, v2 = "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"
        text = _text_of(v2 if _is_cgroup_v2() else v1)
        limit = 0 if text in ("max", "") else int(text)
        return limit if limit > 0 else None
    except (OSError, ValueError):
        return None


def _is_cgroup_v2() -> bool:
    return os.path.isfile("/sys/fs/cgroup/cgroup.controllers")


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def validate_schema(
    obj: dict[str, Any], schema: dict[str, Any], err_msg_prefix: str = "", skip_none: bool = True
) -> None:
    """Raises an error unless an object is valid under a JSON schema.

    Mirrors `sky.utils.common_utils.validate_schema` of SkyPilot 0.14.1.

    Args:
        obj: the object, as a loader of YAML makes it.
        schema: a schema of draft 7, whatever its `$schema` says, with SkyPilot's keywords `case_insensitive_enum` and
            `case_sensitive_enum`. It is not checked itself; a schema inside it that has a `$schema` is of that draft.
        err_msg_prefix: begins the error's message.
        skip_none: whether the object's own entries that are None count as not there.

    Raises:
        ValueError: the object is not valid. The message is about the first error: fields that the schema doesn't know,
            each with the known one that it resembles; else what is wrong, and the path to it. SkyPilot's own class
            where SkyPilot is imported.
    """
    if skip_none:
        obj = {key: value for key, value in obj.items() if value is not None}
    message = ""
    try:
        validator.get_schema_validator()(schema).validate(obj)
    except jsonschema.ValidationError as error:
        if error.validator != "additionalProperties":
            # Of alternatives that all fail, the one that comes closest says the most.
            best: Any = jsonschema.exceptions.best_match([error])
            text = best.message.replace("type 'object'", "type 'dict'")
            message = f"{err_msg_prefix}{text}. Check problematic field(s): {best.json_path}"
        elif tuple(error.schema_path) == ("properties", "envs", "additionalProperties"):
            message = f"{err_msg_prefix}The `envs` field contains invalid keys:\n{error.message}"
        else:
            known = set(error.schema.get("properties", {}))
            unknown = (field for field in error.instance if field not in known)
            message = err_msg_prefix + " ".join(_unsupported(field, known) for field in unknown)
    if message:
        skypilots = sys.modules.get("sky.exceptions")
        with _without_traceback():
            raise getattr(skypilots, "InvalidSkyPilotConfigError", ValueError)(message)


def _unsupported(field: Any, known: set[str]) -> str:
    """Says that there is no such field, and which one may have been meant."""
    similar = difflib.get_close_matches(field, known, 1)
    if similar:
        return f"Instead of {field!r}, did you mean {similar[0]!r}?"
    return f"Found unsupported field {field!r}."
