"""The pytest plugin, on projects of its own in processes of their own."""

from __future__ import annotations

import pytest

import sky_rust

pytest_plugins = ["pytester"]

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


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch)


def section(result: pytest.RunResult) -> dict[str, list[str]]:
    """The lines of the table, by the function's name."""
    start = next(at for at, line in enumerate(result.outlines) if "= sky-rust (" in line)
    rows = (line.split() for line in result.outlines[start + 1 :])
    return {row[0]: row[1:] for row in rows if row and row[0] in sky_rust.status()}


DIFFERS = (
    "*format_float(4.5, 1) differs:",
    "*'planted'* (control), *'4.5'* (candidate)",
)


def test_attached_by_default(project: Project) -> None:
    result = project.run(
        """
def test_answered():
    before = sky_rust.stats()["format_float"]
    assert format_float(4.5) == "4.5"
    after = sky_rust.stats()["format_float"]
    assert (after.answers, after.shadowed) == (before.answers + 1, 0)
""",
        conftest=PLANTED,
    )
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"sky-rust: attach, sky-rust {sky_rust.__version__}, SkyPilot ?*"])
    rows = section(result)
    assert list(rows) == list(sky_rust.status())
    assert rows["format_float"] == ["rust", "1", "0"]
    assert "compared" not in result.stdout.str()


def test_off_attaches_nothing(project: Project) -> None:
    result = project.run(
        """
def test_nothing():
    assert format_float(4.5) == "4.5"
    assert "sky_rust._native" not in sys.modules
    assert {one.backend for one in sky_rust.status().values()} == {"python"}
""",
        "--sky-rust=off",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sky-rust: off, *"])
    result.stdout.no_fnmatch_line("*= sky-rust (*")


def test_a_mode_that_there_is_not(project: Project) -> None:
    result = project.run("", "--sky-rust=on")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--sky-rust: invalid choice: 'on'*attach*shadow*off*"])


def test_a_native_that_is_required_and_cannot_be(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKY_RUST", "require")
    result = project.run(
        "", conftest="from sky_rust import _process\n_process.native_obstacle = lambda: 'no compiled module: test'"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--sky-rust=attach: SKY_RUST=require: *no compiled module: test*"])


def test_functions_in_python_are_listed_with_the_reason(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKY_RUST_FORMAT_FLOAT", "0")
    result = project.run("def test(): assert format_float(4.5) == '4.5'", "--sky-rust=shadow", conftest=PLANTED)
    result.assert_outcomes(passed=1)
    expected = ["python", "0", "0", "0", "0", "switched", "off", "by", "SKY_RUST_FORMAT_FLOAT=0"]
    assert section(result)["format_float"] == expected
    assert section(result)["hash_file"][0] == "rust"


def test_shadow_compares_every_answer(project: Project) -> None:
    result = project.run(
        """
def test_all(tmp_path):
    from sky_rust import _skypilot
    from sky_rust._registry import FUNCTIONS
    from sky_rust.testing._functions import named
    from sky_rust.testing._libraries import load_libraries
    load_libraries(*sky_rust.status())
    sky_rust.install()
    for function in FUNCTIONS:
        for one in named(function.name):
            if not (one.declined or one.large):
                with one.call.world():
                    one.call(_skypilot.original(function))
    for name, (answers, declines, shadowed, mismatches) in sky_rust.stats().items():
        assert shadowed == answers >= 1, name
        assert not mismatches
""",
        "--sky-rust=shadow",
        "-p",
        "no:logging",
    )
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    for name, (backend, answers, _, compared, mismatches) in section(result).items():
        assert (backend, answers, mismatches) == ("rust", compared, "0"), name
        assert int(compared) >= 1, name


def test_a_difference_fails_the_test_that_makes_the_call(project: Project) -> None:
    result = project.run(
        """
def test_same():
    assert format_float(2.5) == "2.5"

def test_differs():
    assert format_float(4.5) == "planted"

def test_skipped():
    pytest.skip(format_float(4.5))

@pytest.mark.xfail
def test_expected():
    assert not format_float(4.5)

def test_fails_itself():
    assert not format_float(4.5), "its own"

def test_other_thread():
    thread = threading.Thread(target=format_float, args=(4.5,))
    thread.start()
    thread.join()

@pytest.fixture
def before():
    format_float(4.5)

@pytest.fixture
def after():
    yield
    format_float(4.5)

def test_setup(before):
    raise AssertionError("not reached")

def test_teardown(after):
    pass

def test_same_again():
    assert format_float(2.5) == "2.5"
""",
        "--sky-rust=shadow",
        "-rA",
        "--junitxml=report.xml",
        conftest=PLANTED,
    )
    assert result.ret == 1
    result.assert_outcomes(passed=3, failed=5, errors=2)  # test_teardown passes, its teardown fails
    for outcome, test in (
        ("PASSED", "same"),
        ("FAILED", "differs"),
        ("FAILED", "skipped"),
        ("FAILED", "expected"),
        ("FAILED", "fails_itself"),
        ("FAILED", "other_thread"),
        ("ERROR", "setup"),
        ("PASSED", "teardown"),
        ("ERROR", "teardown"),
        ("PASSED", "same_again"),
    ):
        result.stdout.re_match_lines([rf"{outcome} .*::test_{test}\b"])
    result.stdout.fnmatch_lines(["*its own*", "*sky-rust: native and original differ*", *DIFFERS])
    assert result.stdout.str().count("format_float(4.5, 1) differs:") == 7
    assert "outside" not in result.stdout.str()
    assert 'errors="2" failures="5" skipped="0"' in (project.pytester.path / "report.xml").read_text()
    assert section(result)["format_float"] == ["rust", "9", "0", "9", "7"]


def test_a_long_list_is_cut(project: Project) -> None:
    tests = "def test(): [format_float(4.5) for _ in range(1000)]"
    result = project.run(tests, "--sky-rust=shadow", conftest=PLANTED)
    result.assert_outcomes(failed=1)
    assert result.stdout.str().count("differs:") == 10
    result.stdout.fnmatch_lines(["and 990 more"])


def test_an_exception_of_one_alone_is_a_difference(project: Project) -> None:
    result = project.run(
        """
def test_raises():
    with pytest.raises(ZeroDivisionError, match="the control's"):
        format_float(2.5)
""",
        "--sky-rust=shadow",
        conftest="""
from sky_rust import _attachment
def control(num, precision):
    raise ZeroDivisionError("the control's")
_attachment.control = lambda name: control
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "format_float(2.5, 1) differs:",
            "  value: None (control), (<class 'str'>, '2.5') (candidate)",
            "  exception: *ZeroDivisionError*the control's* (control), None (candidate)",
        ]
    )


@pytest.mark.parametrize(
    ("tests", "conftest"),
    [
        ("format_float(4.5)\ndef test(): pass", PLANTED),
        (
            "def test(): pass",
            PLANTED
            + """
def pytest_sessionfinish():
    from sky.utils.common_utils import format_float
    format_float(4.5)
""",
        ),
        (
            "def test_a(): pass\ndef test_b(): pass",
            PLANTED
            + """
def pytest_runtest_logfinish(nodeid):
    from sky.utils.common_utils import format_float
    format_float(4.5 if nodeid.endswith("test_a") else 2.5)
""",
        ),
    ],
    ids=["while tests are imported", "after the last test", "between two tests"],
)
def test_a_difference_outside_of_tests_fails_the_session(project: Project, tests: str, conftest: str) -> None:
    result = project.run(tests, "--sky-rust=shadow", conftest=conftest)
    result.assert_outcomes(passed=2 if "test_b" in tests else 1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["native and original differ outside of any test:", *DIFFERS])


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


@pytest.mark.parametrize("mode", ["attach", "off"])
def test_the_mode_is_shown_with_q(project: Project, mode: str) -> None:
    result = project.run("def test(): pass", f"--sky-rust={mode}", "-q")
    result.stdout.fnmatch_lines([f"sky-rust: {mode}, sky-rust {sky_rust.__version__}, *"])


def test_nothing_stays_behind(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project.pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    project.run("def test(): format_float(2.5)", "--sky-rust=shadow", conftest=PLANTED)
    assert not list(folder.glob("sky-rust-*"))
