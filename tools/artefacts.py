"""Tries what is published, each in an empty environment, without a compiler or SkyPilot: `nox -s wheels`.

    python tools/artefacts.py FOLDER PYTHON...

The folder has one sdist, one plain wheel, and a native wheel for each of these interpreters. Exit status 1, with one
sentence, where one of them isn't as it should be.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

NATIVE = re.compile(r"sky_rust/_native\.(cpython-\d+)-x86_64-linux-gnu\.so")
PTH = "sky_rust_autorun.pth"
OLDEST_GLIBC = "manylinux_2_17_x86_64"

#: Calls of functions, which work with natives and without; the output names those that a native has answered. Natives
#: are on trial: proofs are another matter, and may come after the build.
CALLS = """
import sky_rust
if sky_rust.is_rust_available():
    from sky_rust import _proof
    _proof.on_trial.update(sky_rust.status())
from sky_rust.utils import common_utils, config_utils, log_utils, message_utils, subprocess_utils, yaml_utils
for _ in range(2):  # the first call of some is the reference's
    assert common_utils.base36_encode("ff") == "73"
    assert common_utils.format_float(2.50) == "2.5"
    assert common_utils.get_cpu_count() >= 1
    assert config_utils.Config({"a": {"b": 1}}).get_nested(("a", "b"), None) == 1
    assert log_utils.human_duration(1, 62) == "61s"
    assert log_utils.readable_time_duration(1, 3, absolute=True) == "2s"
    assert message_utils.decode_payload("<sky-payload>[1]</sky-payload>") == [1]
    assert subprocess_utils.get_parallel_threads() >= 4
    assert yaml_utils.dump_yaml_str({"a": [1]}) == "a:\\n- 1\\n"
    assert yaml_utils.read_yaml_str("a: [1, b]") == {"a": [1, "b"]}
    common_utils.validate_schema({"a": 1}, {"type": "object"})
print(*(name for name, one in sky_rust.stats().items() if one.answers))
"""

#: Functions that reach no library: their natives answer where there is a compiled module.
ANSWERED = {"base36_encode", "format_float", "human_duration", "decode_payload", "get_parallel_threads"}


def ensure(condition: object, sentence: str) -> None:
    """Ends with a sentence where something isn't as it should be."""
    if not condition:
        raise SystemExit(f"tools/artefacts.py: {sentence}")


def files(wheel: Path) -> set[str]:
    """The files that a wheel puts into site-packages, without its metadata."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name.partition(".data/purelib/")[2] or name for name in names if ".dist-info/" not in name}


def metadata(wheel: Path) -> dict[str, list[str]]:
    """A wheel's metadata: its fields, in one form whoever wrote it."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    message = Parser().parsestr(archive.read(name).decode("utf-8"))
    fields = {field: sorted(message.get_all(field, [])) for field in message}
    fields["Requires-Dist"] = sorted(str(Requirement(one)) for one in fields["Requires-Dist"])
    fields["Description-Content-Type"] = [fields["Description-Content-Type"][0].partition(";")[0]]
    return {**fields, "description": [str(message.get_payload()).strip()]}


def look_at(wheel: Path, plain: Path, tag: str) -> None:
    """Compares a native wheel with the plain one, and asks auditwheel for the oldest Linux that it runs on."""
    (module,) = files(wheel) - files(plain) or {""}
    found = NATIVE.fullmatch(module)
    ensure(found and found[1] == tag, f"{wheel.name} has {module or 'no compiled module'}, and is for {tag}")
    ensure(not files(plain) - files(wheel), f"{wheel.name} lacks {files(plain) - files(wheel)}")
    ours, others = metadata(wheel), metadata(plain)
    different = sorted(field for field in {*ours, *others} if ours.get(field) != others.get(field))
    ensure(not different, f"{wheel.name} and {plain.name} differ in their metadata: {', '.join(different)}")
    said = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", str(wheel)], capture_output=True, text=True, check=True
    )
    consistent = f'platform tag: "{OLDEST_GLIBC}"' in " ".join(said.stdout.split())
    ensure(consistent, f"auditwheel says of {wheel.name}:\n{said.stdout}")


class Environment:
    """An empty virtual environment, with no compiler and nothing else on PATH."""

    def __init__(self, folder: Path, python: str) -> None:
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SKY_RUST"))}
        self._variables = {**kept, "PATH": str(folder / "bin"), "MATURIN_NO_INSTALL_RUST": "1"}

    def run(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the environment."""
        return subprocess.run(
            [str(self.folder / "bin" / command), *arguments],
            env={**self._variables, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, what: str, **variables: str) -> None:
        """Installs a distribution, or something newly where that is installed."""
        ran = self.run("python", "-m", "pip", "install", "-q", what, **variables)
        ensure(ran.returncode == 0, f"{what} can't be installed:\n{ran.stdout}{ran.stderr}")

    def try_all(self, path: Path, *, native: bool, **variables: str) -> None:
        """Installs sky-rust as users do, and uses all of it."""
        name = f"{path.name} on {self.folder.name}"
        self.install(str(path), **variables)
        ran = self.run("sky-rust", "doctor")
        sentence = "sky-rust needs click, jinja2 and rich, which are not installed: pip install 'sky-rust[cli]'"
        ensure(ran.returncode == 4 and sentence in ran.stderr, f"{name}, without click:\n{ran.stdout}{ran.stderr}")
        self.install(f"{path}[cli,references]", **variables)
        said = json.loads(self.run("sky-rust", "doctor", "--json").stdout)
        ensure(said["native"] is native, f"{name}: natives are {said['native']}: {said['reason']}")
        ensure(native or "this is the plain package" in said["reason"], f"{name}: the reason is {said['reason']}")
        for problem in said["problems"]:
            if problem["command"]:
                print(f"Note: {name}: {problem['text']}: `nox -s prove`", flush=True)
        ran = self.run("python", "-c", CALLS)
        ensure(ran.returncode == 0, f"{name}: a function fails:\n{ran.stderr}")
        missing = ANSWERED - set(ran.stdout.split()) if native else set(ran.stdout.split())
        ensure(not missing, f"{name}: natives {'do not ' if native else ''}answer {', '.join(sorted(missing))}")
        self.try_start(name)

    def try_start(self, name: str) -> None:
        """Starts Python with and without SKY_RUST_RUN, with a module in place of the one that it imports."""
        (package,) = self.folder.glob("lib/*/site-packages/sky_rust")
        (package / "_autorun.py").write_text("print('imported')\n")
        for value, expected in (("", ""), ("1", "imported\n")):
            ran = self.run("python", "-c", "pass", SKY_RUST_RUN=value)
            said = ran.stdout + ran.stderr
            ensure(said == expected, f"{name}: with SKY_RUST_RUN={value!r}, Python says {said!r}")


def tag_of(python: str) -> str:
    """An interpreter's tag: cpython-312."""
    code = "import sys; print(sys.implementation.cache_tag)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main(folder: Path, pythons: list[str]) -> None:
    """Looks at all files of a folder, and tries each."""
    (sdist,) = folder.glob("*.tar.gz")
    (plain,) = folder.glob("*-py3-none-any.whl")
    ensure(PTH in files(plain), f"{plain.name} has no {PTH}")
    ensure(not [name for name in files(plain) if name.endswith((".so", ".pyc"))], f"{plain.name} has compiled files")
    wheels = {tag_of(python): python for python in pythons}
    expected = len(wheels) + 2
    found = sorted(path.name for path in folder.iterdir())
    ensure(len(found) == expected, f"{folder} should have {expected} files, and has {', '.join(found)}")
    with tempfile.TemporaryDirectory() as temporary:
        for tag, python in wheels.items():
            (wheel,) = folder.glob(f"*-{tag.replace('cpython-', 'cp')}-*.whl")
            look_at(wheel, plain, tag)
            Environment(Path(temporary, f"{tag}-native"), python).try_all(wheel, native=True)
            Environment(Path(temporary, f"{tag}-plain"), python).try_all(plain, native=False)
            print(f"{wheel.name} and {plain.name} run on {tag}", flush=True)
        newest = pythons[-1]
        Environment(Path(temporary, "sdist-plain"), newest).try_all(sdist, native=False)
        rust = {"PATH": os.environ["PATH"], "MATURIN_PEP517_ARGS": "--profile quick", "SKY_RUST_BUILD": "require"}
        Environment(Path(temporary, "sdist-native"), newest).try_all(sdist, native=True, **rust)
        print(f"{sdist.name} can be installed with Rust and without")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
