"""Files that are replaced all at once: a reader sees the old content or the new one, and never a part."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def replace(path: str, content: str, mode: int = 0o644) -> None:
    """Puts a file with that content in the place of another, or of none. What links lead to is replaced, not the links.

    Raises:
        OSError: that can't be done; everything is as it was.
    """
    path = os.path.realpath(path)
    temporary = f"{path}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds a lock, of which a file is the sign: one process at a time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # let go with the descriptor
        yield
    finally:
        os.close(descriptor)
