"""The fixtures of every test: natives are proven for it, all are attached during a test, and none is after it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

import sky_rust
from sky_rust import _process
from tests.functions import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = {
    "deadline": None,
    "suppress_health_check": list(hypothesis.HealthCheck),
    "print_blob": True,
}
hypothesis.settings.register_profile("ci", max_examples=200, derandomize=True, database=None, **_COMMON)
hypothesis.settings.register_profile("few", max_examples=150, derandomize=True, database=None, **_COMMON)
hypothesis.settings.register_profile("thorough", max_examples=20_000, **_COMMON)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def trial_proofs(path: Path) -> None:
    """Writes proofs of every native as it is just now, with the SkyPilot and the libraries that are installed.

    So natives can be tested before they are proven, and while they change, whatever proofs are shipped.
    """
    from sky_rust import _native, _proof, _record, _skypilot
    from sky_rust._registry import function
    from sky_rust.testing import Verdict
    from sky_rust.testing._libraries import libraries_of, load_libraries

    names = [name for name in NAMES if name in _native.names()]
    for name in names:
        _skypilot.home_module(function(name).module)
    load_libraries(*names)
    proofs, sources = _record.Proofs.none(), _proof.sources()
    proofs.add(sources)
    for name in names:
        for fingerprint in {_record.REFERENCE, sources.fingerprints.get(name, _record.REFERENCE)}:
            verdict = Verdict(name, "same", "", "", 1, fingerprint, _native.digest(name), libraries_of(name))
            proofs.note(verdict, _proof.ABI, sources.release)
    proofs.write(str(path / "sky-rust" / "proofs.json"))


@pytest.fixture(scope="session", autouse=True)
def _proven() -> Iterator[None]:
    """Lets all natives run, in the tests' processes and in those that they start."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if sky_rust.is_rust_available():
            trial_proofs(Path(folder))
        patch.setenv("XDG_CONFIG_HOME", folder)
        yield


@pytest.fixture(autouse=True)
def _no_trial_left() -> Iterator[None]:
    """Ends the trials that a test begins: `candidate` lets a function's native run without a proof from then on."""
    yield
    _process.on_trial().clear()


@pytest.fixture
def attached() -> Iterator[None]:
    """Attaches every native for one test."""
    sky_rust.install()
    not_native = {name: one.reason for name, one in sky_rust.status().items() if one.backend != "rust"}
    assert not not_native
    yield
    for name in sky_rust.status():
        sky_rust.enable(name)
    sky_rust.uninstall()
