"""Coverage-guided fuzzing: libFuzzer looks for bytes that reach something new in Rust, Hypothesis makes calls of them.

    fuzz.py [SECONDS]            all functions, in two minutes or that many seconds
    fuzz.py NAME OPTION...       one function, with libFuzzer's own options: a file that made it fail, to see it again

`nox -s fuzz` builds what this needs. What is new goes to `target/fuzz/found`, where the next run begins as well. The
corpus is the best of it: what `fuzz.py NAME -set_cover_merge=1 INTO target/fuzz/found/NAME` copies first, a hundred
files in all. (One file for each branch is a worse one: it forgets how often a loop has run.)

Other strategies or another Hypothesis make other calls of the same bytes: as seeds, these are as good as before.
"""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from sky_rust.testing import Call

#: They make something of bytes and strings, and of nothing else in the world.
NAMES = ("base36_encode", "format_float", "hash_file", "read_last_n_lines", "truncate_long_string")

CORPUS = Path(__file__).with_name("corpus")
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target/fuzz"))


def main(seconds: int) -> None:
    """Each function in a process of its own, since libFuzzer ends that; up to the first that fails."""
    for name in NAMES:
        found, corpus = TARGET / "found" / name, CORPUS / name
        for folder in (found, corpus):
            folder.mkdir(parents=True, exist_ok=True)
        options = (
            f"-max_total_time={seconds // len(NAMES)}",
            "-timeout=20",
            "-print_final_stats=1",
            f"-artifact_prefix={TARGET}/{name}-",
        )
        with tempfile.TemporaryDirectory() as scratch:  # libFuzzer leaves its process no time to tidy up
            command = [sys.executable, __file__, name, *options, found, corpus]
            code = subprocess.call(command, env={**os.environ, "TMPDIR": scratch})
        if code:
            sys.exit(code)


def fuzz(name: str, options: list[str]) -> None:
    """One function, until libFuzzer ends the process."""
    # The crate's counters look for libFuzzer as they are loaded: it has to be there by then, for all to see.
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_GLOBAL)
    importlib.import_module("atheris.core_with_libfuzzer")
    sys.setdlopenflags(flags)

    from hypothesis import given, settings

    import sky_rust
    from sky_rust import _native
    from sky_rust.testing import assert_same_outcome, calls
    from sky_rust.testing._source import Source

    assert b"__sanitizer_cov_8bit_counters_init" in Path(_native.__file__).read_bytes(), "no counters in the crate"
    # Two clones of the reference, since SkyPilot is not installed. One gets the native.
    reference, candidate = sky_rust.control(name), sky_rust.control(name)
    _native.attach(name, candidate)

    @settings(database=None)
    @given(calls(name))
    def for_every_call(call: Call) -> None:
        assert_same_outcome(reference, candidate, call)
        trouble = _native.trouble(name)  # a native that panics declines: the outcome is the same
        assert trouble is None, f"{name} fails for {Source().of(call)}: {trouble}"

    # To merge, libFuzzer starts itself in a shell, by this name. Few bytes are no call: it need not begin with them.
    command = [shlex.join((sys.executable, __file__, name)), "-len_control=0", *options]
    atheris.Setup(command, for_every_call.hypothesis.fuzz_one_input, internal_libfuzzer=True)
    atheris.Fuzz()


if __name__ == "__main__":
    first, *others = sys.argv[1:] or ["120"]
    if first in NAMES:
        fuzz(first, others)
    else:
        main(int(first))
