"""The spec of the functions of `sky.utils.subprocess_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import logging
import os
import resource

import psutil

logger = logging.getLogger("sky.utils.subprocess_utils")

#: Whether the warning about few descriptors has been given, which happens once in a process.
_fd_limit_warning_shown = False

_FD_PER_ENTRY = 5
_FD_RESERVED = 100
_FEW_FDS = 1024


def get_parallel_threads(cloud_str: str | None = None) -> int:
    """The number of threads to use for work that mostly waits.

    Mirrors `sky.utils.subprocess_utils.get_parallel_threads` of SkyPilot 0.8.1 to 0.14.1.

    Args:
        cloud_str: the cloud's name, in any case; Kubernetes gets four times as many.

    Returns:
        The machine's CPUs less one, four at least; times four for Kubernetes. The process's affinity doesn't count.
    """
    cpus = os.cpu_count() or 1
    return max(4, cpus - 1) * _get_thread_multiplier(cloud_str)


def _get_thread_multiplier(cloud_str: str | None = None) -> int:
    return 4 if cloud_str and cloud_str.lower() == "kubernetes" else 1


def get_max_workers_for_file_mounts(common_file_mounts: dict[str, str], cloud_str: str | None = None) -> int:
    """The number of file mounts that may be synchronised at once without running out of file descriptors.

    Mirrors `sky.utils.subprocess_utils.get_max_workers_for_file_mounts`, the same in SkyPilot 0.8.1 to 0.14.1. Warns
    once a process when less than 1024 descriptors are allowed.

    Args:
        common_file_mounts: each target's source; a source that is a directory is listed.
        cloud_str: as for `get_parallel_threads`, which bounds the result.

    Returns:
        One worker at least.

    Raises:
        OSError: a directory can't be listed.
        RuntimeError: the dict was changed during the call.
    """
    global _fd_limit_warning_shown
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < _FEW_FDS and not _fd_limit_warning_shown:
        logger.warning(
            f"Open file descriptor limit ({limit}) is low. File sync to remote clusters may be slow. "
            "Consider increasing the limit using `ulimit -n <number>` or modifying system limits."
        )
        _fd_limit_warning_shown = True
    most = _FD_PER_ENTRY
    for source in common_file_mounts.values():
        if os.path.isdir(source):
            most = max(most, len(os.listdir(source)) * _FD_PER_ENTRY)
    workers = max((limit - _FD_RESERVED) // most, 1)
    workers = min(workers, get_parallel_threads(cloud_str))
    logger.debug(f"Using {workers} workers for file mounts.")
    return workers


def estimate_fd_for_directory(path: str) -> int:
    """The file descriptors that synchronising one source takes.

    Mirrors what `sky.utils.subprocess_utils.get_max_workers_for_file_mounts` works out for each source; SkyPilot has no
    function of this name.

    Args:
        path: the source.

    Returns:
        Five for each entry of a directory, five at least; five if the source is no directory.

    Raises:
        OSError: the directory can't be listed.
    """
    entries = len(os.listdir(path)) if os.path.isdir(path) else 0
    return max(entries * _FD_PER_ENTRY, _FD_PER_ENTRY)


def is_process_alive(pid: int) -> bool:
    """Whether a process, or a thread, of that number exists; a zombie does.

    Mirrors `sky.utils.subprocess_utils.is_process_alive` of SkyPilot 0.10.5.

    Args:
        pid: the number; None stands for this process.

    Returns:
        False also for numbers that no process can have.

    Raises:
        ValueError: `pid` is negative.
        TypeError: `pid` is no number.
    """
    try:
        running: bool = psutil.Process(pid).is_running()
        return running
    except psutil.NoSuchProcess:
        return False
