"""Reads files without waiting for ever, and replaces them all at once: nobody sees half of one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(path: str) -> bytes:
    """The content of a regular file; opening anything else, such as a FIFO, might wait for ever.

    Raises:
        OSError: it can't be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    with open(descriptor, "rb") as file:
        return file.read()


def replace(path: str, content: bytes, mode: int | None = None) -> None:
    """Writes a file, atomically. One that is there already keeps its mode, and its owner where that is allowed.

    A symbolic link stays one: the file that it leads to is written.

    Args:
        path: the file; its folder has to be there.
        content: the whole of its new content.
        mode: the mode of a file that is not there yet; None: what the process's mask says.

    Raises:
        OSError: it can't be written; what was there before is still there.
    """
    path = os.path.realpath(path)
    new = f"{path}.{os.getpid()}"
    try:
        with open(new, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(content)
        if os.path.exists(path):
            there = os.stat(path)
            with contextlib.suppress(PermissionError):
                os.chown(new, there.st_uid, there.st_gid)
            shutil.copymode(path, new)
        os.replace(new, path)
    except BaseException:  # Ctrl-C, too
        with contextlib.suppress(OSError):
            os.remove(new)
        raise


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds a lock, of which a file is the sign: one process at a time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # let go with the descriptor
        yield
    finally:
        os.close(descriptor)
