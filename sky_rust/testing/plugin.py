"""A pytest plugin: any test suite, SkyPilot's own to begin with, with natives attached to SkyPilot's functions.

    pytest -p sky_rust.testing.plugin --sky-rust=attach   natives answer (the default)
    pytest -p sky_rust.testing.plugin --sky-rust=shadow   each answer is compared with the control's
    pytest -p sky_rust.testing.plugin --sky-rust=off      nothing is attached

In shadow, callers get what the control returns or raises, and a difference fails the test that runs when it is found,
whichever thread, or child forked by the test, made the call. One that is found outside of tests (while they are
collected, say, or by a child that outlives the last test) fails the session. A change between the two calls, such as a
port that another process takes, is a difference as well.

The counts are those of the processes that run tests. Calls in forked children, `pytest --forked`'s among them, are
compared, but not counted. A process that a test starts anew (by subprocess, or by multiprocessing's spawn) runs without
natives: nothing is compared there.

Where log records can be seen, natives that can't make them leave the call to Python. pytest's own logging plugin sees
all of SkyPilot's; with `-p no:logging` more calls are answered. In shadow the control makes the records, and such calls
are compared as well. The report has the reasons of all declines.
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

import sky_rust

if TYPE_CHECKING:
    from collections.abc import Generator

# Tests may replace these functions.
_open, _write, _close, _getpid = os.open, os.write, os.close, os.getpid

#: The most differences that one report lists.
_MOST = 10

#: The columns of the report: title -> the count.
_COLUMNS = {"answers": "answers", "declines": "declines", "compared": "shadowed", "mismatches": "mismatches"}


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the line of the header where there is no header, as with `-q`."""
    config = terminalreporter.config
    if config.get_verbosity() < 0 or config.getoption("no_header", False):
        terminalreporter.write_line(pytest_report_header(config))


def pytest_report_header(config: pytest.Config) -> str:
    """The line of the header: the mode, the versions, and the processes in which there are no natives."""
    from sky_rust import _skypilot

    skypilot = _skypilot.version()
    skypilot = f"SkyPilot {skypilot}" if skypilot else "no SkyPilot (the references)"
    mode: str = config.getoption("--sky-rust")
    spawned = "" if mode == "off" else "; processes that tests start anew run without natives"
    return f"sky-rust: {mode}, sky-rust {sky_rust.__version__}, {skypilot}{spawned}"


class _Differences:
    """The differences that no report has yet: of any thread, and of forked children, which append to a file.

    A child may report itself what it has found (`pytest --forked` does): then it appends that it has taken it.
    """

    def __init__(self) -> None:
        self._owner = _getpid()
        self._numbers = itertools.count()
        file, self._path = tempfile.mkstemp(prefix="sky-rust-")
        _close(file)
        self._read = 0
        self._own: deque[str] = deque()

    def append(self, text: str) -> None:
        """Adds a difference."""
        if _getpid() == self._owner:
            self._own.append(text)
        else:
            self._say(f"{_getpid()}-{next(self._numbers)}", text)

    def take(self) -> list[str]:
        """The differences found since the last call of this method."""
        own = [self._own.popleft() for _ in range(len(self._own))]
        if os.path.getsize(self._path) == self._read:
            return own
        with open(self._path, "rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]  # a line may be half written
        self._read += len(whole) + 1 if whole else 0
        of_children: dict[str, str] = {}
        for name, text in map(json.loads, whole.splitlines()):
            if text is None:
                of_children.pop(name, None)
            else:
                of_children[name] = f"in a forked process: {text}"
        if _getpid() != self._owner:
            for name in of_children:
                self._say(name, None)
        return own + list(of_children.values())

    def _say(self, name: str, text: str | None) -> None:
        """Appends a line, in one piece. Where there is no file any more, the session is over."""
        try:
            file = _open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError:
            return
        try:
            _write(file, json.dumps([name, text]).encode() + b"\n")
        finally:
            _close(file)

    def close(self) -> None:
        """Removes the file."""
        if _getpid() == self._owner:
            os.unlink(self._path)


class _Attached:
    """The findings of one process of a test session; on xdist's controller, those of all its workers."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.runs_tests = False
        #: Differences that no report has yet; None where nothing is compared.
        self.found: _Differences | None = None
        #: Differences that were found outside of tests.
        self.outside: list[str] = []
        #: Function name -> why it is in Python ('' for Rust), its counts, and why calls were declined.
        self.functions: dict[str, tuple[str, list[int], dict[str, int]]] = {}
        #: xdist's workers that have not reported.
        self.silent = 0

    def attach(self) -> None:
        """Attaches the natives of all functions."""
        from sky_rust import _install, _shadow, _skypilot
        from sky_rust._registry import FUNCTIONS

        self.runs_tests = True
        for function in FUNCTIONS:  # what can't be attached is to be known before the first test
            _skypilot.home_module(function.module)
        if self.mode == "shadow":
            self.found = _Differences()
            for name in sky_rust.status():
                _install.set_observer(name, _shadow.observer(name, self.found.append))
        sky_rust.install()

    def detach(self) -> None:
        """Detaches all natives."""
        from sky_rust import _install

        sky_rust.uninstall()
        for name in sky_rust.status():
            _install.set_observer(name, None)
        if self.found is not None:
            self.found.close()

    def take(self) -> list[str]:
        """The differences found since the last call of this method."""
        return self.found.take() if self.found is not None else []

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
            reasons = {name: "" if one.backend == "rust" else one.reason for name, one in sky_rust.status().items()}
            self.functions = {
                name: (reasons[name], [getattr(one, field) for field in _COLUMNS.values()], one.reasons)
                for name, one in sky_rust.stats().items()
            }
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
        for name, (reason, counts, declines) in functions.items():
            reason_before, counts_before, added = self.functions.get(name, ("", [0] * len(counts), {}))
            for why, count in declines.items():
                added[why] = added.get(why, 0) + count
            sums = [one + another for one, another in zip(counts_before, counts)]
            self.functions[name] = (reason_before or reason, sums, added)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the section at the end: a line for each function, then the differences found outside of tests."""
        terminalreporter.section(f"sky-rust ({self.mode})")
        columns = list(_COLUMNS)[: 4 if self.mode == "shadow" else 2]
        width = max((len(name) for name in self.functions), default=0)
        terminalreporter.write_line("  ".join(("function".ljust(width), "backend", *columns)), bold=True)
        for name, (reason, counts, declines) in self.functions.items():
            cells = (str(count).rjust(len(column)) for count, column in zip(counts, columns))
            declined = ", ".join(f"{why} ({count})" for why, count in declines.items())
            words = "; ".join(filter(None, (reason, declined and f"declined: {declined}")))
            line = "  ".join((name.ljust(width), ("python" if reason else "rust").ljust(7), *cells, words))
            terminalreporter.write_line(line.rstrip(), red=counts[-1] > 0)
        if terminalreporter.config.getoption("forked", False):
            compared = "compared, but not " if self.mode == "shadow" else "not "
            terminalreporter.write_line(f"--forked: the calls in the tests' own processes are {compared}counted")
        if self.silent:
            terminalreporter.write_line(f"{self.silent} of xdist's workers have not reported: their calls are missing")
        if self.outside:
            terminalreporter.write_line("native and original differ outside of any test:", red=True)
            terminalreporter.write_line(_listed(self.outside))


def _listed(differences: list[str]) -> str:
    more = [f"and {len(differences) - _MOST} more"] if len(differences) > _MOST else []
    return "\n".join((*differences[:_MOST], *more))
