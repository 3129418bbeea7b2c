"""A mirror has every attribute of SkyPilot's module, and one function under both names."""

from __future__ import annotations

import copy
import importlib
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import sky_rust
from tests.functions import REFERENCE_ONLY, ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("attached")


def test_everything_passes_through() -> None:
    from sky.utils import common_utils as skys

    from sky_rust.utils import common_utils as ours

    for name in dir(skys):
        if name not in ("__name__", "__spec__", "__loader__", "__package__", "__file__", "__cached__"):
            assert getattr(ours, name) is getattr(skys, name), name
    assert set(dir(skys)) <= set(dir(ours))
    assert vars(ours) is vars(skys)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ours.nothing  # noqa: B018


def test_reading_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read of a mirror's attribute is no import, which takes ten times as long."""
    from sky_rust.utils import common_utils as ours

    def fail(name: str) -> None:
        raise AssertionError(f"{name} is imported")

    monkeypatch.setattr(importlib, "import_module", fail)
    assert ours.format_float.__name__ == "format_float"


def test_writes_and_deletes_pass_through() -> None:
    from sky.utils import common_utils as skys

    from sky_rust.utils import common_utils as ours

    ours.something = 3
    assert skys.something == 3
    del ours.something
    assert not hasattr(skys, "something")
    with pytest.raises(AttributeError):
        del ours.something


def test_windows_of_modules_without_natives() -> None:
    from sky.utils import ux_utils as skys

    import sky_rust.utils.kubernetes.gpu_labeler as nested
    from sky_rust.utils import ux_utils as ours

    assert ours.print_exception_no_traceback is skys.print_exception_no_traceback
    assert nested.label is importlib.import_module("sky.utils.kubernetes.gpu_labeler").label
    with pytest.raises(ModuleNotFoundError, match=r"No module named .sky_rust\.utils\.no_such_module"):
        importlib.import_module("sky_rust.utils.no_such_module")
    with pytest.raises(ImportError):
        from sky_rust.utils import no_such_module  # noqa: F401


def test_added_names() -> None:
    import sky.utils.subprocess_utils as skys

    from sky_rust.utils import subprocess_utils as ours

    for name in REFERENCE_ONLY:
        assert not hasattr(skys, name)
        assert name in dir(ours)
        assert getattr(ours, name).__module__ == "sky_rust.reference.subprocess_utils"


def test_importing_again_and_reloading() -> None:
    from sky_rust.utils import common_utils as first

    module = importlib.import_module("sky_rust.utils.common_utils")
    assert module is first is sys.modules["sky_rust.utils.common_utils"]
    assert importlib.reload(module) is first
    assert first.format_float is importlib.import_module("sky.utils.common_utils").format_float
    assert sky_rust.status()["format_float"].backend == "rust"
    assert first.__name__ == "sky_rust.utils.common_utils"


@pytest.mark.parametrize("pickler", ["pickle", "cloudpickle", "dill"])
def test_pickling_a_mirror_is_naming_it(pickler: str) -> None:
    from sky_rust.utils import common_utils as ours

    module = pytest.importorskip(pickler)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert module.loads(module.dumps(ours, protocol)) is ours
    assert copy.copy(ours) is copy.deepcopy(ours) is ours


BY_VALUE = """
import sys, {pickler}
from sky_rust.utils import common_utils
def of_main(text):
    return common_utils.base36_encode(text)
sys.stdout.buffer.write({pickler}.dumps(of_main{options}))
"""


@pytest.mark.parametrize(("pickler", "options"), [("cloudpickle", ""), ("dill", ", recurse=True")])
def test_pickling_a_function_that_uses_a_mirror(pickler: str, options: str) -> None:
    """A function of `__main__` is pickled by value, with the globals that it names."""
    pytest.importorskip(pickler)
    command = [sys.executable, "-W", "ignore", "-c"]
    dump = BY_VALUE.format(pickler=pickler, options=options)
    pickled = subprocess.run([*command, dump], stdout=subprocess.PIPE, check=True).stdout
    load = f"import sys, {pickler}; print({pickler}.loads(sys.stdin.buffer.read())('ff'))"
    assert subprocess.run([*command, load], input=pickled, stdout=subprocess.PIPE, check=True).stdout == b"73\n"


IN_A_CIRCLE = {
    "sky/__init__.py": "",
    "sky/utils/__init__.py": "",
    "sky/utils/common_utils.py": "import sky.other\ndef format_float(): pass\n",
    "sky/other.py": "from sky_rust.utils import common_utils\n",
}

LOOK = """
import sys, {first} as first
import sky.other, sky_rust
mirror = sys.modules["sky_rust.utils.common_utils"]
assert sky.other.common_utils is mirror
assert first.format_float is mirror.format_float
print(sky_rust.status()["format_float"].reason)
"""


@pytest.mark.parametrize("first", ["sky.utils.common_utils", "sky_rust.utils.common_utils"])
def test_a_circle_of_imports(tmp_path: Path, first: str) -> None:
    """A mirror that is imported while its module is: there is one, and natives are installed once the module is."""
    for name, text in IN_A_CIRCLE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOK.format(first=first)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "format_float is not proven" in ran.stdout  # an attempt was made, and this is no function of SkyPilot's
