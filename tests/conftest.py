"""What every test needs: the installed SkyPilot with everything attached, and nothing attached to it afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import hypothesis
import psutil  # noqa: F401  (SkyPilot imports it when it first needs it; natives decline until then)
import pytest

import sky_rust

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = {
    "deadline": None,
    "suppress_health_check": list(hypothesis.HealthCheck),
    "print_blob": True,
}
hypothesis.settings.register_profile("ci", max_examples=500, derandomize=True, database=None, **_COMMON)
hypothesis.settings.register_profile("thorough", max_examples=20_000, **_COMMON)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def attached() -> Iterator[None]:
    """Everything attached, during one test."""
    from sky.utils import common_utils, subprocess_utils

    for module in (common_utils, subprocess_utils):
        module.psutil.load_module()
    sky_rust.install()
    not_native = {name: one.reason for name, one in sky_rust.status().items() if one.backend != "rust"}
    assert not not_native
    yield
    for name in sky_rust.status():
        sky_rust.enable(name)
    sky_rust.uninstall()
