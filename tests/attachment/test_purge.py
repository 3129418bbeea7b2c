"""The Python modules of sky-rust may be purged and imported again, as test harnesses do: the state is the process's."""

from __future__ import annotations

import pytest

from tests.attachment.test_processes import run

PURGE = """
import os, sys, sky_rust
import sky.utils.common_utils as skys

def purge():
    for name in list(sys.modules):
        if name.partition(".")[0] == "sky_rust":
            del sys.modules[name]
    import sky_rust
    return sky_rust

def answered():
    before = sky_rust.stats()["format_float"].answers
    assert skys.format_float(2.5) == "2.5"
    return sky_rust.stats()["format_float"].answers - before

"""


@pytest.mark.parametrize(
    "code",
    [
        """
sky_rust.install()
again = purge()
assert again is not sky_rust
assert again.status() == sky_rust.status()
assert again.status()["format_float"].backend == "rust", again.status()["format_float"]
assert again.stats() == sky_rust.stats()
assert answered() == 1
again.uninstall()
assert answered() == 0
assert again.status()["format_float"].reason.startswith("not installed")
assert sky_rust.status() == again.status()
again.install()
assert answered() == 1
""",
        """
sky_rust.install()
again = purge()
again.disable("format_float")
assert answered() == 0
third = purge()
assert third.status()["format_float"].reason == "switched off by sky_rust.disable()"
assert third.status()["base36_encode"].backend == "rust"
third.enable("format_float")
assert answered() == 1
sky_rust.uninstall()  # by the modules that were purged
assert answered() == 0
assert third.status()["format_float"].reason.startswith("not installed")
""",
        """
from sky_rust.utils import common_utils
again = purge()
from sky_rust.utils import common_utils as mirror
assert mirror is not common_utils
assert mirror.format_float is common_utils.format_float is skys.format_float
assert answered() == 1
assert [type(one).__name__ for one in sys.meta_path].count("MirrorFinder") == 1
own = again.control("format_float").__code__
again.uninstall()
assert skys.format_float.__code__ == own, "a trampoline was left behind"
""",
        """
seen = []
sky_rust.install()
from sky_rust import _install
_install.set_observer("format_float", lambda *outcomes: seen.append(outcomes) or True)
assert answered() == 1 and len(seen) == 1
again = purge()
again.install()
assert answered() == 1 and len(seen) == 2
from sky_rust import _install as other
other.set_observer("format_float", None)
assert answered() == 1 and len(seen) == 2
""",
        """
sky_rust.install()
os.environ["SKY_RUST_FORMAT_FLOAT"] = "0"  # a request's own, after the process began
again = purge()
again.install()
assert answered() == 1
assert again.status()["format_float"].switch == "on"
""",
        """
sky_rust.install()
again = purge()
pid = os.fork()
if pid == 0:
    code = 1
    try:
        again.disable("format_float")
        code = answered()
    finally:
        os._exit(code)
assert os.waitpid(pid, 0)[1] == 0
assert answered() == 1
""",
    ],
    ids=["uninstall", "switches", "mirrors", "observers", "environment", "fork"],
)
def test_state_survives_a_purge(code: str) -> None:
    run(PURGE + code)
