"""A mounted ConfigMap."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

FILE = "control.json"


def swap(mount: Path, content: str) -> None:
    """Gives a mounted ConfigMap another content, as kubelet does it: the file is reached through two links."""
    fresh = Path(tempfile.mkdtemp(prefix="..", dir=mount))
    (fresh / FILE).write_text(content)
    (fresh / FILE).chmod(0o644)
    data = mount / "..data"
    old = data.resolve() if data.exists() else None
    (mount / "..data_tmp").symlink_to(fresh.name)
    (mount / "..data_tmp").replace(data)
    if old is None:
        (mount / FILE).symlink_to(f"..data/{FILE}")
    else:
        shutil.rmtree(old)
