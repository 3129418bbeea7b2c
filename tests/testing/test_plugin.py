"""The pytest plugin, on projects of its own in processes of their own."""

from __future__ import annotations

import pytest

import sky_rust
from tests.testing.projects import DIFFERS, PLANTED, Project, section

pytest_plugins = ["pytester"]


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
    for name, (answers, _, shadowed, mismatches, *_) in sky_rust.stats().items():
        assert shadowed == answers >= 1, name
        assert not mismatches
""",
        "--sky-rust=shadow",
        "-p",
        "no:logging",
    )
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    for name, row in section(result).items():
        # Words for its declines follow: the control of `read_yaml` gives `safe_load` a file.
        backend, answers, _, compared, mismatches = row[:5]
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


@pytest.mark.parametrize("mode", ["attach", "off"])
def test_the_mode_is_shown_with_q(project: Project, mode: str) -> None:
    result = project.run("def test(): pass", f"--sky-rust={mode}", "-q")
    result.stdout.fnmatch_lines([f"sky-rust: {mode}, sky-rust {sky_rust.__version__}, *"])


def test_nothing_stays_behind(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project.pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    project.run("def test(): format_float(2.5)", "--sky-rust=shadow", conftest=PLANTED)
    assert not list(folder.glob("sky-rust-*"))


@pytest.mark.parametrize(("mode", "counts"), [("attach", ["1", "2"]), ("shadow", ["1", "2", "2", "0"])])
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_declines_are_reported_by_their_reason(
    project: Project, mode: str, counts: list[str], workers: tuple[str, ...]
) -> None:
    result = project.run(
        """
import logging

def test_seen(caplog):
    caplog.set_level(logging.DEBUG, "sky.utils.subprocess_utils")
    subprocess_utils.get_max_workers_for_file_mounts({})
    assert len(caplog.records) == 1
    with pytest.raises(AttributeError):
        subprocess_utils.get_max_workers_for_file_mounts([])

def test_unseen():
    logging.disable()
    subprocess_utils.get_max_workers_for_file_mounts({})
    logging.disable(logging.NOTSET)
""",
        f"--sky-rust={mode}",
        *workers,
    )
    result.assert_outcomes(passed=2)
    row = " ".join(section(result)["get_max_workers_for_file_mounts"])
    assert row == f"rust {' '.join(counts)} declined: arguments (1), a record could be seen (1)"
