"""What one can do here: `nox -l` lists it, `nox` does what CI does."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import nox

nox.options.sessions = ["lint", "tests", "older"]
nox.needs_version = ">=2024.4.15"

PYTHONS = ["3.11", "3.12", "3.13"]
SKYPILOT = "skypilot==0.14.1"
OLDER = {"3.9": "0.10.0", "3.10": "0.11.2"}
WITH_PLUGINS = ["0.11.2", "0.12.3.post1", "0.13.0"]
SAME_ON_EVERY_PYTHON = [
    "tests/cli",
    "tests/differential/test_faults.py",
    "tests/fuzz",
    "tests/proof/test_withdrawal.py",
    "tests/rollout/test_plugin*.py",
    "tests/testing/test_plugin*.py",
    "tests/tools",
    "tests/typing",
]
TESTING = ["hatchling>=1.27", "hypothesis>=6.100", "libcst>=1.0", "mypy", "pytest>=8", "pytest-timeout", "pytest-xdist"]

# What builds the documentation's site. Releases are exact: what warns in another one would fail the session.
SITE = ["markdown-it-py>=3", "mkdocstrings-python==2.0.11", "mmdr==0.4.0", "nox", "ruff", "zensical==0.0.73"]

# One folder for all builds of Rust, and a profile that is quick to make. Tests also have the instruments of developers.
os.environ.setdefault("CARGO_TARGET_DIR", os.path.abspath("target"))
os.environ.setdefault("SKY_RUST_BUILD", "require")  # without Rust, nothing here would test natives
QUICK = {"MATURIN_PEP517_ARGS": "--profile quick --features developer"}
# The same with libFuzzer's counters in every branch, and a panic where a number overflows: in the crate alone.
SANCOV = ("level=4", "inline-8bit-counters", "pc-table", "trace-compares")
COUNTING = " ".join(
    (
        "--profile quick -- -Cpasses=sancov-module -Ccodegen-units=1 -Cdebug-assertions=yes",
        *(f"-Cllvm-args=-sanitizer-coverage-{option}" for option in SANCOV),
    )
)
# The same counters, each of which calls tools/coverage.c, in a crate that isn't optimized.
COVERING = " ".join(
    (
        "--profile coverage -- -Cpasses=sancov-module -Ccodegen-units=1",
        *(f"-Cllvm-args=-sanitizer-coverage-{option}" for option in ("level=3", "trace-pc-guard", "pc-table")),
        "-Cllvm-args=-sanitizer-coverage-prune-blocks=0",
    )
)

# What GitHub reads, and the schema of each.
OF_GITHUB = {
    "dependabot": "dependabot.yml",
    "github-actions": "actions/*/action.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/*.yml",
    "github-workflows": "workflows/*.yml",
}

if shutil.which("pyenv"):
    # Its shims know only the versions that are in force: let all of them be.
    versions = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=True).stdout
    os.environ.setdefault("PYENV_VERSION", ":".join(reversed(versions.split())))


def is_there(version: str) -> bool:
    """Whether a Python is installed."""
    return bool(shutil.which(f"python{version}"))


def interpreter(version: str) -> str:
    """The path of a Python."""
    command = [f"python{version}", "-c", "import sys; print(sys.executable)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, types and lints, of Python, of Rust and of workflows."""
    session.install("click", "hypothesis>=6.100", "jinja2", "mypy", "nox", "pytest>=8", "rich", "ruff")
    session.install("check-jsonschema>=0.37", "zizmor>=1.30")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("zizmor", "--offline", "--persona", "pedantic", ".")
    for schema, files in OF_GITHUB.items():
        found = sorted(str(path) for path in pathlib.Path(".github").glob(files))
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *found)
    session.run("cargo", "fmt", "--all", "--check", external=True)
    # The build script declares the natives' modules, where `cargo fmt` doesn't see them.
    natives = sorted(str(path) for path in pathlib.Path("rust", "src", "natives").rglob("*.rs"))
    session.run("rustfmt", "--edition", "2024", "--config-path", ".", "--check", *natives, external=True)
    session.run(*("cargo", "test", "--profile", "quick", "--test", "sources"), external=True)
    for version in filter(is_there, PYTHONS[:2]):  # the two ways to be called
        session.run(
            *("cargo", "clippy", "--workspace", "--profile", "quick", "--features", "developer"),
            *("--", "-D", "warnings"),
            external=True,
            env={"PYO3_PYTHON": interpreter(version)},
        )


@nox.session
def audit(session: nox.Session) -> None:
    """Advisories, licenses and sources of all that it is built from, and runs with (`cargo install cargo-deny`).

    `nox -s audit -- bans licenses sources` needs no network.
    """
    session.run("cargo", "deny", "--locked", "check", *session.posargs, external=True)
    if not session.posargs:
        session.install("pip-audit")
        session.run("pip-audit", "--strict", ".")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite against SkyPilot: `nox -s tests-3.12 -- tests/worlds -x`.

    Other Pythons than 3.12 leave out what is the same on all of them.
    """
    session.install(SKYPILOT, *TESTING, silent=False)
    session.install("--verbose", "-e", ".", env=QUICK, silent=False)  # cargo names each crate that it compiles
    is_first = session.python == "3.12"
    left_out = () if is_first else (f"--ignore-glob={path}" for path in SAME_ON_EVERY_PYTHON)
    env = {"PYTHONWARNINGS": "ignore", "HYPOTHESIS_PROFILE": "ci" if is_first else "few"}
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "loadgroup", *(session.posargs or left_out), env=env)


@nox.session(python="3.12", reuse_venv=True)
def dev(session: nox.Session) -> None:
    """Builds, verifies and tests some functions, in a minute: `nox -s dev -- format_float`; all of them by default."""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    session.run("sky-rust", "verify", *session.posargs, env={"PYTHONWARNINGS": "ignore"})
    tests = ("-k", " or ".join(f"[{name}" for name in session.posargs)) if session.posargs else ()
    session.run("python", "-m", "pytest", "-n", "2", "--ignore", "tests/differential/test_faults.py", *tests)


@nox.session(python="3.12")
def docs(session: nox.Session) -> None:
    """The documentation's site, in target/site, with every warning an error; then the commands in the pages are run.

    `nox -s docs -- -k tutorial` runs those of a page; `nox -s docs -- --co` none.
    """
    session.install(SKYPILOT, *TESTING, *SITE)
    session.install("-e", ".", env=QUICK)
    session.run("python", "tools/site_pages.py", "target/docs")
    session.run("zensical", "build", "--clean", "--strict", "--config-file", "mkdocs.yml")
    session.run("python", "tools/site_check.py", "target/site")
    tests = ("tests/tools/test_reference.py", "tests/documentation/commands.py")
    session.run("python", "-m", "pytest", *tests, *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session
def generate(session: nox.Session) -> None:
    """Writes what follows from the registry: the mirrors' types, and the README's table of functions."""
    session.install(SKYPILOT, "-e", ".", env=QUICK)
    session.run("python", "tools/stubs.py", "write")
    session.run("python", "tools/readme.py", "write")


@nox.session(python=PYTHONS)
def thorough(session: nox.Session) -> None:
    """The differential properties with 20,000 examples a function, and a new seed each time."""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    session.run(
        *("python", "-m", "pytest", "-n", "2", "--timeout", "7200", "tests/differential/test_properties.py"),
        *session.posargs,
        env={"HYPOTHESIS_PROFILE": "thorough", "PYTHONWARNINGS": "ignore"},
    )


def run_cells(session: nox.Session, *wanted: str, but_not: str = "") -> list[str]:
    """Runs cells of the matrix, two at a time.

    Args:
        session: the session.
        wanted: the cells: `py312-0.14.1`, or `py312` for all of a Python's; `stale` alone for those that lack a proof;
            nothing for all of them.
        but_not: leaves out the cells whose names end with that.

    Returns:
        Their reports' files.
    """
    session.install("-e", ".[verify]", "tox>=4.60", env=QUICK)
    cells = session.run("tox", "list", "--no-desc", "-q", silent=True).split()
    if wanted == ("stale",):
        cells = session.run("python", "tools/proofs.py", "stale", *cells, silent=True).split()
    elif wanted:
        chosen = {one: [one] if one in cells else [it for it in cells if it.startswith(f"{one}-")] for one in wanted}
        if not all(chosen.values()):
            session.error(f"no cell of the matrix (tox list): {', '.join(one for one in wanted if not chosen[one])}")
        cells = [cell for cell in cells if any(cell in some for some in chosen.values())]
    cells = [cell for cell in cells if not (but_not and cell.endswith(but_not))]
    if not cells:
        session.skip("every cell of the matrix is proven, for the natives as they are now")
    reports = pathlib.Path("target", "matrix")
    shutil.rmtree(reports, ignore_errors=True)
    session.run("tox", "run-parallel", "--parallel", "2", "--parallel-no-spinner", "-e", ",".join(cells))
    return sorted(str(report) for report in reports.glob("*.json"))


@nox.session(python="3.12")
def prove(session: nox.Session) -> None:
    """Proves the cells of the matrix that are stale, or those asked for: `nox -s prove -- py312-0.14.1`, `-- all`."""
    wanted = [one for one in session.posargs or ["stale"] if one != "all"]
    session.run("python", "tools/proofs.py", "write", *run_cells(session, *wanted))


@nox.session(python="3.12")
def matrix(session: nox.Session) -> None:
    """Is every cell still as sky_rust/proofs.json says? Those of one Python: `nox -s matrix -- py312`."""
    session.run("python", "tools/proofs.py", "check", *run_cells(session, *session.posargs, but_not="-nightly"))


@nox.session(python="3.12")
def nightly(session: nox.Session) -> None:
    """What SkyPilot's nightly build has that sky_rust/proofs.json doesn't know: target/nightly.md, empty if nothing."""
    reports = run_cells(session, "py312-nightly")
    page = pathlib.Path("target", "nightly.md")
    with page.open("w", encoding="utf-8") as out:
        session.run("python", "tools/proofs.py", "news", *reports, stdout=out, stderr=None)
    session.log(page.read_text(encoding="utf-8") or "nothing new")


@nox.session(python=list(OLDER))
def older(session: nox.Session) -> None:
    """An older release of SkyPilot on an older Python: is it still as sky_rust/proofs.json says?"""
    session.install(f"skypilot=={OLDER[session.python]}")
    session.install("-e", ".[verify]", env=QUICK)
    report = pathlib.Path(session.create_tmp()) / "report.json"
    with report.open("w") as out:
        # The progress on standard error is no part of the report.
        # The matrix makes five times as many calls, and those of YAML, which take half of the time.
        code = (
            "from sky_rust import _registry as it; print(*(f.name for f in it.FUNCTIONS if f.module != 'yaml_utils'))"
        )
        names = session.run("python", "-c", code, silent=True).split()
        command = ("sky-rust", "verify", "--all", "--json", "--seed", "0", "--examples", "50", *names)
        session.run(*command, stdout=out, stderr=None, success_codes=[0, 1])
    session.run("python", "tools/proofs.py", "check", str(report))


@nox.session(python="3.12")
def server(session: nox.Session) -> None:
    """A real API server of SkyPilot's with the plugin, and its page in Chromium (which has to be installed)."""
    session.install(SKYPILOT, *TESTING, "playwright")
    session.install("-e", ".", env=QUICK)
    options = ("-p", "no:cacheprovider", "-s", "tests/rollout/real_server.py")
    session.run("python", "-m", "pytest", *options, *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session(python=PYTHONS[:2])
def operations(session: nox.Session) -> None:
    """The same answers from real servers with natives and without, what they hold, and the processor's time: 20 min."""
    if not shutil.which("rsync"):
        session.error("SkyPilot launches nothing without rsync: apt-get install rsync")
    session.install(SKYPILOT, *TESTING, "boto3")
    session.install("-e", ".", env=QUICK)
    options = ("-p", "no:cacheprovider", "-s", "--timeout", "0", "tests/rollout/real_operations.py")
    session.run("python", "-m", "pytest", *options, *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
@nox.parametrize("skypilot", WITH_PLUGINS)
def releases(session: nox.Session, skypilot: str) -> None:
    """The plugin in an older release of SkyPilot, each of which has plugins of another form."""
    session.install(f"skypilot=={skypilot}", "greenlet")
    session.install(".", env=QUICK)
    session.run("python", "tests/rollout/releases.py", env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def wheels(session: nox.Session) -> None:
    """Builds what is published into dist/, for the Pythons that are there, and tries each in an empty environment."""
    session.install("auditwheel", "build", "maturin>=1.9,<2", "ziglang")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--sdist", "--outdir", "dist")
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist", env={"SKY_RUST_BUILD": "0"})
    pythons = [interpreter(version) for version in (*OLDER, *PYTHONS) if is_there(version)]
    build = ("maturin", "build", "--release", "--out", "dist", "--interpreter", *pythons)
    session.run(*build, "--zig", "--compatibility", "manylinux2014")
    session.run("python", "tools/artefacts.py", "dist", *pythons)


@nox.session(python="3.12")
def mutants(session: nox.Session) -> None:
    """Changes each native in every way that cargo-mutants knows (`cargo install cargo-mutants`): is it noticed?"""
    session.install(SKYPILOT, "click", "hypothesis>=6.100", "psutil", "rich")
    tree = pathlib.Path("target", "mutants", "tree").absolute()
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ("rust", "sky_rust"):
        shutil.copytree(folder, tree / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    for file in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(file, tree)
    # The build script declares the folders of natives, where cargo-mutants can't see them.
    with (tree / "rust" / "src" / "lib.rs").open("a") as library:
        for module in sorted((tree / "rust" / "src" / "natives").glob("*/mod.rs")):
            name = module.parent.name
            library.write(f'#[cfg(any())]\n#[path = "natives/{name}/mod.rs"]\nmod {name};\n')
    python = session.run("python", "-c", "import sys; print(sys.executable)", silent=True).strip()
    suffix = session.run("python", "-c", "import sysconfig as s; print(s.get_config_var('EXT_SUFFIX'))", silent=True)
    env = {
        "CARGO_TARGET_DIR": None,  # each of the jobs has its own
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "PYO3_PYTHON": python,
        "SKY_RUST_MODULE": f"_native{suffix.strip()}",
        "SKY_RUST_PYTHON": python,
        "SKY_RUST_UNCHANGED": str(tree),
    }
    # Unchanged natives pass; that takes longer than any mutant may.
    session.run(
        "cargo", "test", "--profile", "mutants", "--manifest-path", str(tree / "Cargo.toml"), external=True, env=env
    )
    session.run(
        *("cargo", "mutants", "--dir", str(tree), "--output", "target/mutants", "--profile", "mutants", "--jobs", "2"),
        *("--file", "rust/src/natives/**/*.rs", "--error", "crate::cpython::Stop::Decline"),
        *("--baseline", "skip", "--timeout", "40", *session.posargs),
        external=True,
        env=env,
    )


@nox.session(python="3.12")
def coverage(session: nox.Session) -> None:
    """Which branches of the natives `sky-rust verify` reaches, by file and line: `nox -s coverage -- hash_file`."""
    session.install(SKYPILOT, "hypothesis>=6.100", "pyelftools")
    marks = pathlib.Path(session.create_tmp(), "coverage.o").absolute()
    session.run("cc", "-O2", "-fPIC", "-c", "tools/coverage.c", "-o", str(marks), external=True)
    # Cargo doesn't know that the object has changed.
    session.run("cargo", "clean", "--quiet", "--package", "sky-rust", "--profile", "coverage", external=True)
    session.install(".", env={"MATURIN_PEP517_ARGS": f"{COVERING} -Clink-arg={marks}"})
    session.run("python", "tools/coverage.py", *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def faults(session: nox.Session) -> None:
    """Plants every wrong native, one after the other (the tests take one in 32): which does `verify` catch?"""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    tests = ("tests/differential/test_faults.py", "--timeout", "7200")
    session.run("python", "-m", "pytest", *tests, *session.posargs, env={"FAULTS": "all", "PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def migrate(session: nox.Session) -> None:
    """Moves the imports of all of SkyPilot's own files, and back; the tests take the helpers alone."""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    tests = ("tests/cli/test_migrate.py", "-k", "skypilot")
    session.run("python", "-m", "pytest", *tests, *session.posargs, env={"MIGRATE": "all", "PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def million(session: nox.Session) -> None:
    """A million random calls that natives answer, each like the original? `nox -s million -- NAME 1000000 SEED`."""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    session.run("python", "-m", "tools.million", *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def fuzz(session: nox.Session) -> None:
    """Four minutes of coverage-guided fuzzing: `nox -s fuzz -- 3600` for an hour, `-- 300 safe_load` for one alone."""
    target = {"CARGO_TARGET_DIR": os.path.join(os.environ["CARGO_TARGET_DIR"], "fuzz")}
    session.install("atheris==3.1.0")
    session.install(".[verify]", env={**target, "MATURIN_PEP517_ARGS": COUNTING})
    session.run("python", "tests/fuzz/fuzz.py", *session.posargs, env=target)


@nox.session(python=[*OLDER, *PYTHONS])
def bench(session: nox.Session) -> None:
    """Natives against SkyPilot 0.14.1's originals, their goals and floors: `nox -s bench-3.12 -- hash_file --json`."""
    session.install(SKYPILOT, "greenlet")
    session.install(".", env={"MATURIN_PEP517_ARGS": "--features developer"})
    session.run("python", "tools/bench.py", *session.posargs, env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.12")
def corpus(session: nox.Session) -> None:
    """SkyPilot's YAML, thousands of other files, and mutations: `nox -s corpus -- --mutations 1000000 --seed 1`."""
    session.install(SKYPILOT, "-e", ".[verify]", env=QUICK)
    folder = pathlib.Path(session.create_tmp())
    download = ("python", "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder))
    session.run(*download, "ansible")
    session.run(*download, "--no-binary", ":all:", "pyyaml")
    session.run(*download, "--no-binary", ":all:", SKYPILOT)
    env = {"PYTHONWARNINGS": "ignore"}
    packages = sorted(file for file in folder.iterdir() if file.suffix in (".whl", ".gz"))
    own = [str(file) for file in packages if file.name.startswith("skypilot-")]
    others = [str(file) for file in packages if str(file) not in own]
    session.run("python", "-m", "tools.corpus", "--strings", *own, env=env)
    session.run("python", "-m", "tools.corpus", *others, *(session.posargs or ["--mutations", "20000"]), env=env)


@nox.session(python="3.12")
def instructions(session: nox.Session) -> None:
    """Counts instructions with valgrind, against recorded figures: `nox -s instructions -- record` records them."""
    session.install(".[cli,references]")
    session.run("python", "tools/instructions.py", *(session.posargs or ["check"]))


@nox.session(python="3.12")
def cores(session: nox.Session) -> None:
    """What each native does without Python, in nanoseconds: `nox -s cores -- hash_file`."""
    code = "import sys, sysconfig; print(sys.executable); print(sysconfig.get_config_var('LIBDIR'))"
    python, libraries = session.run("python", "-c", code, silent=True).split()
    env = {"LD_LIBRARY_PATH": libraries, "PYO3_PYTHON": python}
    session.run("cargo", "bench", "--bench", "cores", "--", *session.posargs, external=True, env=env)


@nox.session
def demo(session: nox.Session) -> None:
    """All functions on real SkyPilot, side by side: same result, backend in force, ratio."""
    session.install(SKYPILOT, silent=False)
    session.install("--verbose", ".", silent=False)  # cargo names each crate that it compiles
    session.run("sky-rust", "demo", env={"PYTHONWARNINGS": "ignore"})
