"""Coverage-guided fuzzing: libFuzzer looks for bytes that reach new code in Rust, and calls are made of them.

    fuzz.py [SECONDS [NAME...]]  all functions, or these, in four minutes or that many seconds
    fuzz.py NAME OPTION...       one function, with libFuzzer's own options: a file that made it fail, to see it again

`nox -s fuzz` builds the module that this needs; `targets.py` says what is fuzzed. Inputs that reach new code go to
`target/fuzz/found`, from which the next run starts as well. The corpus is the best of them: the first hundred files, in
all, that `fuzz.py NAME -set_cover_merge=1 INTO target/fuzz/found/NAME` copies. (A corpus of one file for each branch is
worse: it loses how often a loop has run.) Where the bytes are a text, it starts from texts that the suite has, too.

Other strategies, or another release of Hypothesis, make other calls of the same bytes. As seeds these are as good as
before.
"""

from __future__ import annotations

import importlib
import mmap
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from targets import Count

#: How long all functions take, in seconds, if nothing else is said.
SECONDS = 240

#: The longest text, in bytes: as deep and as long as natives answer, and short for PyYAML's loader in Python.
LONGEST = 4096

CORPUS = Path(__file__).with_name("corpus")
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target/fuzz"))


def main(seconds: int, names: list[str]) -> None:
    """Fuzzes functions, each in a process of its own, which libFuzzer ends.

    Args:
        seconds: how long all of them take together.
        names: the functions.

    Raises:
        SystemExit: one has failed, and those behind it were not fuzzed; or a native has not answered a single call.
    """
    silent = []
    for name in names:
        options = [
            f"-max_total_time={max(1, seconds // len(names))}",
            "-timeout=20",
            "-print_final_stats=1",
            f"-artifact_prefix={TARGET}/{name}-",
        ]
        found = TARGET / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        folders = [found, *filter(Path.is_dir, [CORPUS / name])]
        with tempfile.TemporaryDirectory() as scratch:  # libFuzzer leaves its process no time to tidy up
            command = [sys.executable, __file__, name, *options, *folders, *texts(name, Path(scratch))]
            code = subprocess.call(command, env={**os.environ, "TMPDIR": scratch})
        if code:
            sys.exit(code)
        answered, declined = memoryview(counts_file(name).read_bytes()).cast("Q")
        print(f"{name}: {answered:,} calls answered, {declined:,} declined", flush=True)
        if not answered:
            silent.append(name)
    if silent:
        sys.exit(f"nothing was compared: the native has not answered a single call of {', '.join(silent)}")


def texts(name: str, scratch: Path) -> list[str]:
    """What libFuzzer gets for a function that takes a text: a folder of texts to begin with, and words to put in."""
    import targets

    if name not in targets.TEXTS:
        return []
    seeds, words = scratch / "seeds", scratch / "words"
    seeds.mkdir()
    target = targets.TEXTS[name]
    for at, text in enumerate(target.seeds()):
        if len(text) <= LONGEST:
            (seeds / str(at)).write_bytes(text.encode("utf-8", "surrogatepass"))
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass")) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    return [f"-max_len={LONGEST}", f"-dict={words}", str(seeds)]


def fuzz(name: str, options: list[str]) -> None:
    """Fuzzes one function until libFuzzer ends the process."""
    import targets

    from sky_rust import _native

    assert b"__sanitizer_cov_8bit_counters_init" in Path(_native.__file__).read_bytes(), "no counters in the crate"
    # To merge, libFuzzer starts itself in a shell, by this name. Short inputs make no call: don't begin with them.
    command = [shlex.join((sys.executable, __file__, name)), "-len_control=0", *options]
    atheris.Setup(command, targets.execution(name, counter(name)), internal_libfuzzer=True)
    atheris.Fuzz()


def counts_file(name: str) -> Path:
    """The file of two numbers: how many calls were answered, and declined."""
    return TARGET / f"{name}.counts"


def counter(name: str) -> Count:
    """Counts calls in that file, since libFuzzer leaves its process no time to say how many there were."""
    file = counts_file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(16))
    with file.open("r+b") as opened:
        counts = memoryview(mmap.mmap(opened.fileno(), 16)).cast("Q")

    def count(is_answered: bool) -> None:
        counts[0 if is_answered else 1] += 1

    return count


def load_libfuzzer() -> None:
    """Makes libFuzzer's symbols global: the crate's counters look for them when they are loaded."""
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_GLOBAL)
    importlib.import_module("atheris.core_with_libfuzzer")
    sys.setdlopenflags(flags)


def run(arguments: list[str]) -> None:
    """Does what the command line says.

    Raises:
        SystemExit: it can't be read, or what `main` raises it for.
    """
    load_libfuzzer()
    from targets import NAMES

    first, *others = arguments or [str(SECONDS)]
    if first in NAMES:
        fuzz(first, others)
    elif first.isdecimal() and set(others) <= set(NAMES):
        main(int(first), others or NAMES)
    else:
        print(f"fuzz.py [SECONDS [NAME...]], or fuzz.py NAME OPTION...; of {', '.join(NAMES)}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    run(sys.argv[1:])
