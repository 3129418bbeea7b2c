"""The pytest plugin where tests run in several processes, or start some."""

from __future__ import annotations

import pytest

from tests.testing.projects import DIFFERS, PLANTED, Project, section

pytest_plugins = ["pytester"]


def test_with_xdist(project: Project) -> None:
    result = project.run(
        """
@pytest.mark.parametrize("number", range(20))
def test_number(number):
    assert format_float(number + 0.5) in (f"{number}.5", "planted")
""",
        "--sky-rust=shadow",
        "-n",
        "2",
        "-v",
        conftest=PLANTED,
    )
    assert result.ret == 1
    result.assert_outcomes(passed=19, failed=1)
    result.stdout.re_match_lines([r".*FAILED.*test_number\[4\]"])
    result.stdout.fnmatch_lines(["sky-rust: shadow, *", *DIFFERS])
    result.stdout.re_match_lines([r"\[gw[01]\].*PASSED.*test_number\[7\]"])
    assert section(result)["format_float"] == ["rust", "20", "0", "20", "1"]


def test_with_xdist_a_difference_outside_of_tests(project: Project) -> None:
    result = project.run("format_float(4.5)\ndef test(): pass", "--sky-rust=shadow", "-n", "1", conftest=PLANTED)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["native and original differ outside of any test:", *DIFFERS])


def test_with_xdist_and_a_worker_that_dies(project: Project) -> None:
    result = project.run("def test(): __import__('os')._exit(3)", "--sky-rust=attach", "-n", "1")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["1 of xdist's workers have not reported: their calls are missing"])


FORK = """
import os
def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_difference_in_a_forked_child_fails_its_test(project: Project) -> None:
    result = project.run(
        FORK
        + """
def test_before():
    format_float(2.5)

def test_forks():
    in_child(lambda: [format_float(2.5), format_float(4.5)])

def test_forks_twice(monkeypatch):
    monkeypatch.setattr(os, "open", None)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    in_child(lambda: in_child(lambda: format_float(4.5)))

def test_after():
    format_float(2.5)
""",
        "--sky-rust=shadow",
        "-rA",
        conftest=PLANTED,
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.re_match_lines([r"PASSED .*::test_before"])
    result.stdout.re_match_lines([r"FAILED .*::test_forks\b"])
    assert result.stdout.str().count("in a forked process: format_float(4.5, 1) differs:") >= 2
    assert "outside" not in result.stdout.str()


SPAWN = """
import multiprocessing, subprocess
def backend(queue):
    queue.put((sky_rust.status()["format_float"].backend, format_float(4.5)))

def test_spawns():
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=backend, args=(queue,))
    child.start()
    assert queue.get() == ("python", "4.5")
    child.join()
"""


@pytest.mark.parametrize("mode", ["attach", "shadow"])
def test_processes_that_are_started_anew_run_without_natives_and_that_is_said(project: Project, mode: str) -> None:
    result = project.run(SPAWN, f"--sky-rust={mode}", conftest=PLANTED)
    result.assert_outcomes(passed=1)
    assert section(result)["format_float"][:3] == ["rust", "0", "0"]
    result.stdout.fnmatch_lines([f"sky-rust: {mode}, *; processes that tests start anew run without natives"])


def test_a_child_that_lives_on_fails_the_session(project: Project) -> None:
    result = project.run(
        """
import os
def test_forks():
    global child, write
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(read, 1)
        format_float(4.5)
        os._exit(0)

def test_after():
    pass

def teardown_module():
    os.write(write, b".")
    os.waitpid(child, 0)
""",
        "--sky-rust=shadow",
        conftest=PLANTED,
    )
    assert result.ret == 1
    result.assert_outcomes(passed=2, errors=1)


#: A conftest that runs each test in a process of its own, in the way of pytest-forked.
FORKED = """
import os, pickle
from _pytest import runner
def pytest_addoption(parser):
    parser.addoption("--forked", action="store_true")
@__import__("pytest").hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        reports = runner.runtestprotocol(item, log=False)
        data = [item.config.hook.pytest_report_to_serializable(config=item.config, report=one) for one in reports]
        os.write(write, pickle.dumps(data))
        os._exit(0)
    os.close(write)
    data = pickle.loads(os.fdopen(read, "rb").read())
    os.waitpid(child, 0)
    for one in data:
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=one)
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_forked_tests(project: Project) -> None:
    result = project.run(
        """
def test_same():
    format_float(2.5)

def test_differs():
    format_float(4.5)
""",
        "--sky-rust=shadow",
        "--forked",
        conftest=PLANTED + FORKED,
    )
    result.assert_outcomes(passed=1, failed=1)
    assert "outside" not in result.stdout.str()  # the child has reported it
    result.stdout.fnmatch_lines(["--forked: the calls in the tests' own processes are compared, but not counted"])
