"""A pytest plugin: any test suite, SkyPilot's own to begin with, with natives attached to SkyPilot's functions.

    pytest -p sky_rust.testing.plugin --sky-rust=attach   natives answer (the default)
    pytest -p sky_rust.testing.plugin --sky-rust=shadow   each answer is compared with the control's
    pytest -p sky_rust.testing.plugin --sky-rust=off      nothing is attached

In shadow, callers get what the control returns or raises, and a difference fails the test that runs when it is found,
whichever thread made the call. One that is found outside of tests (while they are collected, say) fails the session.
A change between the two calls, such as a port that another process takes, is a difference as well.

Where log records can be seen, natives that can't make them leave the call to Python. pytest's own logging plugin sees
all of SkyPilot's; with `-p no:logging` more calls are answered.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

import sky_rust

if TYPE_CHECKING:
    from collections.abc import Generator

#: The most differences that one report lists.
_MOST = 10

_COLUMNS = ("answers", "declines", "compared", "mismatches")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option `--sky-rust`."""
    parser.getgroup("sky-rust").addoption(
        "--sky-rust",
        choices=("attach", "shadow", "off"),
        default="attach",
        help="natives on SkyPilot's functions: attach (they answer), shadow (and are compared with the originals), off",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Attaches natives in processes that run tests; xdist's controller only adds up what its workers report."""
    mode: str = config.getoption("--sky-rust")
    if mode == "off":
        return
    attached = _Attached(mode)
    if config.getoption("dist", "no") == "no":
        try:
            attached.attach()
        except ImportError as error:
            raise pytest.UsageError(f"--sky-rust={mode}: {error}") from error
        config.add_cleanup(attached.detach)
    config.pluginmanager.register(attached, "sky-rust-attached")


def pytest_report_header(config: pytest.Config) -> str:
    """The line of the header with the mode and the versions."""
    from sky_rust import _skypilot

    skypilot = _skypilot.version()
    skypilot = f"SkyPilot {skypilot}" if skypilot else "no SkyPilot (the references)"
    return f"sky-rust: {config.getoption('--sky-rust')}, sky-rust {sky_rust.__version__}, {skypilot}"


class _Attached:
    """The findings of one process of a test session; on xdist's controller, those of all its workers."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.runs_tests = False
        #: Differences, from any thread, that no report has yet.
        self.found: deque[str] = deque()
        #: Differences that were found outside of tests.
        self.outside: list[str] = []
        #: Function name -> why it is in Python ('' for Rust), and its counts.
        self.functions: dict[str, tuple[str, list[int]]] = {}
        #: xdist's workers that have not reported.
        self.silent = 0

    def attach(self) -> None:
        """Attaches the natives of all functions."""
        from sky_rust import _install, _shadow

        self.runs_tests = True
        if self.mode == "shadow":
            for name in sky_rust.status():
                _install.set_observer(name, _shadow.observer(name, self.found.append))
        sky_rust.install()

    def detach(self) -> None:
        """Detaches all natives."""
        from sky_rust import _install

        sky_rust.uninstall()
        for name in sky_rust.status():
            _install.set_observer(name, None)

    def take(self) -> list[str]:
        """The differences found since the last call of this method."""
        return [self.found.popleft() for _ in range(len(self.found))]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Counts differences found before a test as found outside of tests, not as that test's."""
        self.outside += self.take()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fails a setup, call or teardown during which a difference was found, even if it is a skip or an xfail."""
        report = yield
        differences = _listed(self.take())
        if differences and report.failed:
            report.sections.append(("sky-rust: native and original differ", differences))
        elif differences:
            report.outcome = "failed"
            report.longrepr = f"sky-rust: native and original differ\n{differences}"
            vars(report).pop("wasxfail", None)
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hands on this process's findings; a difference found outside of tests fails the session."""
        if self.runs_tests:
            self.outside += self.take()
            stats = {name: list(counts) for name, counts in sky_rust.stats().items()}
            reasons = {name: "" if one.backend == "rust" else one.reason for name, one in sky_rust.status().items()}
            self.functions = {name: (reasons[name], stats[name]) for name in stats}
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["sky_rust"] = (self.functions, self.outside)
        if self.outside and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self) -> None:
        """Notes that a worker of xdist's begins."""
        self.silent += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Adds the findings of a worker of xdist's that has ended; one that has crashed has none."""
        functions, outside = getattr(node, "workeroutput", {}).get("sky_rust", ({}, []))
        self.silent -= bool(functions)
        self.outside += outside
        for name, (reason, counts) in functions.items():
            reason_before, counts_before = self.functions.get(name, ("", [0] * len(counts)))
            added = [one + another for one, another in zip(counts_before, counts)]
            self.functions[name] = (reason_before or reason, added)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the section at the end: a line for each function, then the differences found outside of tests."""
        terminalreporter.section(f"sky-rust ({self.mode})")
        columns = _COLUMNS if self.mode == "shadow" else _COLUMNS[:2]
        width = max((len(name) for name in self.functions), default=0)
        terminalreporter.write_line("  ".join(("function".ljust(width), "backend", *columns)), bold=True)
        for name, (reason, counts) in self.functions.items():
            cells = (str(count).rjust(len(column)) for count, column in zip(counts, columns))
            line = "  ".join((name.ljust(width), ("python" if reason else "rust").ljust(7), *cells, reason))
            terminalreporter.write_line(line.rstrip(), red=counts[-1] > 0)
        if self.silent:
            terminalreporter.write_line(f"{self.silent} of xdist's workers have not reported: their calls are missing")
        if self.outside:
            terminalreporter.write_line("native and original differ outside of any test:", red=True)
            terminalreporter.write_line(_listed(self.outside))


def _listed(differences: list[str]) -> str:
    more = [f"and {len(differences) - _MOST} more"] if len(differences) > _MOST else []
    return "\n".join((*differences[:_MOST], *more))
