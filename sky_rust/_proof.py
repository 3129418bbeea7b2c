"""Whether the SkyPilot that is installed is one that the natives were proven against.

`proofs.json` has, for each proven release, the SHA-256 of every file of SkyPilot's that an original or what it calls is
in. A file that differs in anything is not proven.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import Any

from sky_rust import _native

#: What the originals are in, and what they call in other files of SkyPilot's.
FILES = (
    "utils/common_utils.py",
    "utils/subprocess_utils.py",
    "utils/context.py",
    "utils/env_options.py",
    "utils/ux_utils.py",
    "adaptors/common.py",
    "sky_logging.py",
)


def obstacle(original: Any, name: str, module: str) -> str:
    """Why there may be no native on `original`; '' if there may.

    Args:
        original: what SkyPilot's module has under that name.
        name: the function's name.
        module: its module's name under `sky.utils`.
    """
    home = sys.modules[f"sky.utils.{module}"]
    code = getattr(original, "__code__", None)
    if code is None or getattr(original, "__globals__", None) is not home.__dict__:
        return f"sky.utils.{module}.{name} is not SkyPilot's own function at the moment (patched?)"
    if code.co_filename != home.__file__ or code.co_name != name:
        return f"sky.utils.{module}.{name} has code that is not SkyPilot's"
    sky: Any = sys.modules["sky"]
    root = os.path.dirname(sky.__file__)
    try:
        stats = [os.stat(os.path.join(root, file)) for file in FILES]
        return _release_obstacle(root, sky.__version__, tuple((it.st_ino, it.st_size, it.st_mtime_ns) for it in stats))
    except OSError as error:
        return f"SkyPilot {sky.__version__}: not proven ({error})"


@functools.cache
def _release_obstacle(root: str, version: str, _stamps: tuple[tuple[int, int, int], ...]) -> str:
    """Looks at the files once for each state that they are in: a module may be edited, and reloaded."""
    known = _proofs()
    found = {}
    for file in FILES:
        with open(os.path.join(root, file), "rb") as source:
            found[file] = _native.sha256(source.read())
    if any(found == proven for proven in known.values()):
        return ""
    return (
        f"SkyPilot {version}: not proven; its sources are not those of SkyPilot {', '.join(sorted(known))} "
        "(install one of these to run natively)"
    )


def _proofs() -> dict[str, dict[str, str]]:
    with open(os.path.join(os.path.dirname(__file__), "proofs.json"), encoding="utf-8") as file:
        proofs: dict[str, dict[str, str]] = json.load(file)
    return proofs
