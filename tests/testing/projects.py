"""Test suites that run with the pytest plugin, in processes of their own."""

from __future__ import annotations

import pytest

import sky_rust

#: A conftest whose control of `format_float` gives another result for one number.
PLANTED = """
from sky_rust import _attachment
control = _attachment.control
def planted(name):
    own = control(name)
    if name != "format_float":
        return own
    return lambda num, precision: "planted" if num == 4.5 else own(num, precision)
_attachment.control = planted
"""

IMPORTS = """
import sys, threading, pytest, sky_rust
from sky.utils import common_utils, subprocess_utils
from sky.utils.common_utils import format_float
"""


class Project:
    """A test suite, and runs of it."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        # In CI, pytest prints every failure in full a second time.
        for name in (
            "BUILD_NUMBER",
            "CI",
            "PYTEST_XDIST_WORKER",
            "PYTEST_XDIST_WORKER_COUNT",
            "PYTEST_XDIST_TESTRUNUID",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PYTHONWARNINGS", "ignore")

    def run(self, tests: str, *options: str, conftest: str = "") -> pytest.RunResult:
        """Runs `tests` with the plugin."""
        self.pytester.makeconftest(conftest)
        self.pytester.makepyfile(IMPORTS + tests)
        return self.pytester.runpytest_subprocess("-p", "sky_rust.testing.plugin", "-p", "no:cacheprovider", *options)


def section(result: pytest.RunResult) -> dict[str, list[str]]:
    """The lines of the table, by the function's name."""
    start = next(at for at, line in enumerate(result.outlines) if "= sky-rust (" in line)
    rows = (line.split() for line in result.outlines[start + 1 :])
    return {row[0]: row[1:] for row in rows if row and row[0] in sky_rust.status()}


DIFFERS = (
    "*format_float(4.5, 1) differs:",
    "*'planted'* (control), *'4.5'* (candidate)",
)
