"""install, uninstall, enable and disable, and the reports after each."""

from __future__ import annotations

import importlib

import pytest

import sky_rust
from sky_rust import _install, _wanted
from sky_rust._policy import Setting
from tests.functions import MODULES, NAMES, candidate

pytestmark = pytest.mark.usefixtures("attached")


def answered(name: str = "format_float") -> int:
    before = sky_rust.stats()[name].answers
    assert candidate(name)(2.5) == "2.5"
    return sky_rust.stats()[name].answers - before


def test_live_switches() -> None:
    assert answered() == 1
    sky_rust.disable("format_float")
    assert answered() == 0
    status = sky_rust.status()["format_float"]
    assert status == ("format_float", "common_utils", "off", "python", "switched off by sky_rust.disable()")
    assert sky_rust.status()["base36_encode"].backend == "rust"
    sky_rust.enable("format_float")
    assert answered() == 1
    assert sky_rust.status()["format_float"].switch == "on"


def test_the_source_of_a_switch() -> None:
    (one,) = _wanted.wanted(["format_float"])
    one.set("called", None)  # the fixture enables all of them after each test
    assert one.source == "default"
    sky_rust.disable("format_float")
    assert one.source == "API"
    one.set("control", Setting("on", ""))
    assert one.source == "control file"
    one.set("breaker", Setting("off", ""))
    assert one.source == "breaker"
    assert one.setting.switch == "off"
    one.set("control", None)
    assert one.source == "API"


def test_again_is_the_same_as_once() -> None:
    for change, expected in ((sky_rust.install, 1), (sky_rust.uninstall, 0), (sky_rust.install, 1)):
        change()
        change()
        assert answered() == expected


def test_one_function_alone() -> None:
    sky_rust.uninstall()
    sky_rust.install("format_float")
    backends = {name: one.backend for name, one in sky_rust.status().items()}
    assert [name for name, backend in backends.items() if backend == "rust"] == ["format_float"]
    assert "sky_rust.install()" in sky_rust.status()["hash_file"].reason


@pytest.mark.parametrize(
    "function", [sky_rust.install, sky_rust.uninstall, sky_rust.enable, sky_rust.disable, sky_rust.control]
)
def test_a_name_that_there_is_not(function: object) -> None:
    before = sky_rust.status()
    with pytest.raises(ValueError, match=r"no function 'hash_files'; it has base36_encode, .*hash_file"):
        function("hash_files")  # type: ignore[operator]
    assert sky_rust.status() == before


def test_a_reloaded_module_needs_another_install() -> None:
    from sky.utils import common_utils

    before = common_utils.format_float
    importlib.reload(common_utils)
    try:
        assert common_utils.format_float is not before
        assert "reloaded" in sky_rust.status()["format_float"].reason
        assert common_utils.format_float(2.5) == before(2.5) == "2.5"
        common_utils.psutil.load_module()
        sky_rust.install()
        assert answered() == 1
        assert sky_rust.status()["format_float"].backend == "rust"
    finally:
        sky_rust.install()


def test_reports_name_every_function() -> None:
    assert list(sky_rust.status()) == list(sky_rust.stats()) == NAMES
    for name, one in sky_rust.status().items():
        assert (one.name, one.module) == (name, MODULES[name])
        assert one.reason
    info = sky_rust.get_backend_info()
    assert info.native
    assert sky_rust.is_rust_available()
    assert info.functions == dict.fromkeys(NAMES, "rust")
    assert info.skypilot == __import__("sky").__version__
    assert info.version == sky_rust.__version__


def test_the_public_names() -> None:
    assert set(sky_rust.__all__) <= set(dir(sky_rust))
    for name in sky_rust.__all__:
        assert getattr(sky_rust, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sky_rust.nothing  # noqa: B018


def test_a_function_with_other_parameters_gets_no_native() -> None:
    from sky_rust import _native

    def format_float(number: float) -> str:
        return "other"

    with pytest.raises(ValueError, match="other parameters"):
        _native.attach("format_float", format_float)
    with pytest.raises(TypeError, match="only a Python function"):
        _native.attach("format_float", len)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no native"):
        _native.attach("nothing", format_float)
    assert format_float(1.0) == "other"
    sky_rust.install()
    assert answered() == 1


def test_to_obey_nothing_changes_nothing() -> None:
    before = sky_rust.status()
    _install.obey({})
    assert sky_rust.status() == before
