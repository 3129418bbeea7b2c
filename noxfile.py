"""What one can do here: `nox -l` lists it, `nox` does what CI does."""

from __future__ import annotations

import os
import shutil
import subprocess

import nox

nox.options.sessions = ["lint", "tests"]
nox.needs_version = ">=2024.4.15"

PYTHONS = ["3.11", "3.12", "3.13"]
SKYPILOT = "skypilot==0.14.1"
TESTING = ["hypothesis>=6.100", "pytest>=8", "pytest-timeout", "pytest-xdist"]

# One folder for all builds of Rust, and a profile that is quick to make.
os.environ.setdefault("CARGO_TARGET_DIR", os.path.abspath("target"))
QUICK = {"MATURIN_PEP517_ARGS": "--profile quick"}

if shutil.which("pyenv"):
    # Its shims know only the versions that are in force: let all of them be.
    versions = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=True).stdout
    os.environ.setdefault("PYENV_VERSION", ":".join(reversed(versions.split())))


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, types and lints, of Python and of Rust."""
    session.install("click", "hypothesis>=6.100", "mypy", "nox", "rich", "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("cargo", "fmt", "--all", "--check", external=True)
    for version in PYTHONS[:2]:  # the two ways to bind
        python = subprocess.run(
            [f"python{version}", "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=True
        ).stdout.strip()
        session.run(
            *("cargo", "clippy", "--workspace", "--profile", "quick", "--", "-D", "warnings"),
            external=True,
            env={"PYO3_PYTHON": python},
        )


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite against SkyPilot: `nox -s tests-3.12 -- tests/worlds -x`."""
    session.install(SKYPILOT, *TESTING)
    session.install("-e", ".", env=QUICK)
    # One build of the wrong natives is enough.
    others = () if session.python == "3.12" else ("--ignore", "tests/differential/test_faults.py")
    session.run("python", "-m", "pytest", "-n", "2", *(session.posargs or others), env={"PYTHONWARNINGS": "ignore"})


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


@nox.session
def demo(session: nox.Session) -> None:
    """All functions on real SkyPilot, side by side: same result, backend in force, ratio."""
    session.install(SKYPILOT)
    session.install(".")
    session.run("sky-rust", "demo", env={"PYTHONWARNINGS": "ignore"})
