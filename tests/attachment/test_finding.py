"""The mirrors are found, listed and described as SkyPilot's modules are."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
import pydoc
import subprocess
import sys
from types import ModuleType

import pytest

import sky_rust.utils


@pytest.mark.parametrize("name", ["nonexistent", "common_utils.nonexistent", "kubernetes.nonexistent", "no.such"])
def test_a_name_that_skypilot_lacks(name: str) -> None:
    fullname = f"sky_rust.utils.{name}"
    if "." not in name or name.startswith("kubernetes"):
        assert importlib.util.find_spec(fullname) is None
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(fullname)
    assert caught.value.name == fullname.replace(".no.such", ".no")
    assert fullname not in sys.modules


def test_from_import_of_a_name_that_skypilot_lacks() -> None:
    with pytest.raises(ImportError, match=r"cannot import name 'nonexistent' from 'sky_rust\.utils'"):
        from sky_rust.utils import nonexistent  # noqa: F401


def test_to_find_is_not_to_import() -> None:
    code = """
import importlib.util, pkgutil, sys, sky_rust.utils
before = set(sys.modules)
assert importlib.util.find_spec("sky_rust.utils.nonexistent") is None
assert importlib.util.find_spec("sky_rust.utils.common_utils").name == "sky_rust.utils.common_utils"
assert importlib.util.find_spec("sky_rust.utils.kubernetes").submodule_search_locations
assert len(list(pkgutil.iter_modules(sky_rust.utils.__path__))) > 40
new = {name for name in set(sys.modules) - before if name.partition(".")[0] in ("sky", "sky_rust")}
assert not new, new
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_a_module_that_somebody_has_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("sky.utils.made")
    monkeypatch.setitem(sys.modules, "sky.utils.made", made)
    monkeypatch.setattr(made, "value", 3, raising=False)
    try:
        assert importlib.import_module("sky_rust.utils.made").value == 3
    finally:
        sys.modules.pop("sky_rust.utils.made", None)
        vars(sky_rust.utils).pop("made", None)


def test_a_folder_that_somebody_has_added(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import sky.utils

    folder = tmp_path_factory.mktemp("more")
    (folder / "added.py").write_text("value = 4\n")
    monkeypatch.setattr(sky.utils, "__path__", [*sky.utils.__path__, str(folder)])
    try:
        assert importlib.import_module("sky_rust.utils.added").value == 4
        assert "added" in {one.name for one in pkgutil.iter_modules(sky_rust.utils.__path__)}
    finally:
        for name in ("sky.utils.added", "sky_rust.utils.added"):
            sys.modules.pop(name, None)
        vars(sky.utils).pop("added", None)
        vars(sky_rust.utils).pop("added", None)


def test_the_modules_are_listed() -> None:
    import sky.utils
    import sky.utils.kubernetes

    import sky_rust.utils.kubernetes

    for ours, skys in ((sky_rust.utils, sky.utils), (sky_rust.utils.kubernetes, sky.utils.kubernetes)):
        expected = [(one.name, one.ispkg) for one in pkgutil.iter_modules(skys.__path__)]
        listed = [(one.name, one.ispkg) for one in pkgutil.iter_modules(ours.__path__)]
        assert sorted(listed) == sorted(expected)
    names = [one.name for one in pkgutil.walk_packages(sky_rust.utils.__path__, "sky_rust.utils.")]
    assert "sky_rust.utils.kubernetes.gpu_labeler" in names
    assert all(importlib.util.find_spec(name) for name in names)


def test_help_shows_the_functions() -> None:
    from sky_rust.utils import common_utils

    text = pydoc.plain(pydoc.render_doc(common_utils))
    assert "\nFUNCTIONS\n" in text
    for name in ("format_float", "hash_file", "truncate_long_string"):
        assert f"    {name}(" in text
    assert "Utils shared between all of sky" in text
    assert "    common_utils\n" in pydoc.plain(pydoc.render_doc(sky_rust.utils))
    assert dict(inspect.getmembers(common_utils, inspect.isfunction))["hash_file"] is common_utils.hash_file


@pytest.mark.parametrize("module", ["common_utils", "subprocess_utils", "ux_utils"])
def test_all_names_are_those_of_a_star(module: str) -> None:
    scopes: list[dict[str, object]] = [{}, {}]
    for scope, package in zip(scopes, ("sky", "sky_rust")):
        exec(f"from {package}.utils.{module} import *", scope)
        del scope["__builtins__"]
    skys, ours = scopes
    assert {name: ours[name] for name in skys} == skys
    mirror = importlib.import_module(f"sky_rust.utils.{module}")
    assert set(ours) == set(mirror.__all__)
    extra = {"estimate_fd_for_directory", "is_process_alive"} if module == "subprocess_utils" else set()
    assert set(ours) - set(skys) == extra
