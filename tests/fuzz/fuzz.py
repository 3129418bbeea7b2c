"""Coverage-guided fuzzing: libFuzzer looks for bytes that reach new code in Rust, Hypothesis makes calls of them.

    fuzz.py [SECONDS]            all functions, in two minutes or that many seconds
    fuzz.py NAME OPTION...       one function, with libFuzzer's own options: a file that made it fail, to see it again

`nox -s fuzz` builds the module that this needs. Inputs that reach new code go to `target/fuzz/found`, from which the
next run starts as well. The corpus is the best of them: the first hundred files, in all, that
`fuzz.py NAME -set_cover_merge=1 INTO target/fuzz/found/NAME` copies. (A corpus of one file for each branch is worse: it
loses how often a loop has run.)

Other strategies, or another release of Hypothesis, make other calls of the same bytes. As seeds these are as good as
before.
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

#: The functions whose results depend on bytes and strings alone.
NAMES = ("base36_encode", "format_float", "hash_file", "read_last_n_lines", "truncate_long_string")

CORPUS = Path(__file__).with_name("corpus")
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target/fuzz"))


def main(seconds: int) -> None:
    """Fuzzes each function in a process of its own, which libFuzzer ends, until the first one fails."""
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
    """Fuzzes one function until libFuzzer ends the process."""
    # The crate's counters look for libFuzzer when they are loaded: its symbols have to be global by then.
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
    # Two clones of the reference, since SkyPilot is not installed. The native is attached to one of them.
    reference, candidate = sky_rust.control(name), sky_rust.control(name)
    _native.attach(name, candidate)

    @settings(database=None)
    @given(calls(name))
    def for_every_call(call: Call) -> None:
        assert_same_outcome(reference, candidate, call)
        trouble = _native.trouble(name)  # a native that panics declines: the outcomes alone don't show it
        assert trouble is None, f"{name} fails for {Source().of(call)}: {trouble}"

    # To merge, libFuzzer starts itself in a shell, by this name. Short inputs make no call: don't begin with them.
    command = [shlex.join((sys.executable, __file__, name)), "-len_control=0", *options]
    atheris.Setup(command, for_every_call.hypothesis.fuzz_one_input, internal_libfuzzer=True)
    atheris.Fuzz()


if __name__ == "__main__":
    first, *others = sys.argv[1:] or ["120"]
    if first in NAMES:
        fuzz(first, others)
    else:
        main(int(first))
