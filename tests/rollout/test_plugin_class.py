"""The plugin's class: what it says of itself, what it does in each context, and that it raises nothing."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import types
from typing import TYPE_CHECKING, Any

import fastapi
import pytest
import sky.server.plugins

from sky_rust import _agent, plugin
from sky_rust._server import collector, routes
from tests.attachment.test_processes import PACKAGE, SUFFIX, run

if TYPE_CHECKING:
    from pathlib import Path

Plugin = plugin.SkyRustPlugin
PATH = "/plugins/api/sky_rust"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the plugin begins, without beginning it: contexts, and what went wrong before."""
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(_agent, "begin", lambda context, trouble="": calls.append((context, trouble)))
    return calls


def context(name: str | None, app: Any = None) -> Any:
    """An extension context; as SkyPilot 0.11 has it where no name is given."""
    if name is None:
        return types.SimpleNamespace(app=app)
    return sky.server.plugins.ExtensionContext(sky.server.plugins.PluginContext(name), app)


def test_what_it_says_of_itself() -> None:
    one = Plugin()
    assert isinstance(one, sky.server.plugins.BasePlugin)
    assert (one.name, one.version) == ("sky-rust", importlib.import_module("sky_rust").__version__)
    assert one.js_extension_path == f"{PATH}/page.js"
    assert (one.requires_early_init, one.hidden_from_display) == (False, False)
    assert [(role, rule.path, rule.method) for role, rule in one.rbac_rules] == [("user", f"{PATH}/switch", "POST")]
    read = {rule.path for rule in one.viewer_allowlist if rule.method == "GET"}
    assert read == {PATH, f"{PATH}/", f"{PATH}/page.js", f"{PATH}/page.css", f"{PATH}/status"}
    assert len(one.viewer_allowlist) == len(read)


def test_an_instance_begins_nothing(begun: list[tuple[str, str]]) -> None:
    for method in ("rbac_rules", "viewer_allowlist", "name", "version"):
        getattr(Plugin(), method)
    assert not begun


@pytest.mark.parametrize("name", ["main", "uvicorn", "executor", "controller"])
def test_contexts(name: str, begun: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[str] = []
    monkeypatch.setattr(collector, "register", lambda: registered.append(name))
    app = fastapi.FastAPI() if name == "uvicorn" else None
    Plugin().install(context(name, app))
    assert begun == [(name, "")]
    assert registered == ["main"] * (name == "main")
    if app is not None:
        assert f"{PATH}/status" in [getattr(route, "path", "") for route in app.routes]


def test_contexts_that_skypilot_does_not_say(begun: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "register", lambda: None)
    main: Any = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    Plugin().install(context(None, fastapi.FastAPI()))
    main.__spec__ = types.SimpleNamespace(name="sky.server.server")
    Plugin().install(context(None))
    main.__spec__ = types.SimpleNamespace(name="sky.jobs.controller")
    Plugin().install(context(None))
    main.__spec__ = None  # python -c
    Plugin().install(context(None))
    monkeypatch.setattr("multiprocessing.parent_process", lambda: object())
    Plugin().install(context(None))
    assert [name for name, _ in begun] == ["uvicorn", "main", "controller", "controller", "executor"]


def test_parameters_are_no_error(begun: list[tuple[str, str]]) -> None:
    Plugin(rate=1, path="/").install(context("executor"))
    assert begun == [("executor", "the plugin has no parameters, and is given rate, path")]


def fail(*_arguments: object) -> None:
    raise RuntimeError("broken")


def test_routes_that_can_not_be_added(begun: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "add_to", fail)
    Plugin().install(context("uvicorn", fastapi.FastAPI()))
    monkeypatch.setattr(collector, "register", fail)
    Plugin().install(context("main"))
    words = "the plugin's page or metrics are missing: RuntimeError: broken"
    assert begun == [("uvicorn", words), ("main", words)]


def test_a_context_that_raises(begun: list[tuple[str, str]]) -> None:
    class Broken:
        context = property(fail)

    Plugin().install(Broken())
    Plugin().install(None)
    assert begun[0] == ("unknown", "the plugin's page or metrics are missing: RuntimeError: broken")
    assert begun[1][1] == ""


def test_an_agent_that_can_not_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(plugin, "_log", logged.append)
    monkeypatch.setitem(sys.modules, "sky_rust._agent", None)
    monkeypatch.delattr("sky_rust._agent")
    Plugin().install(context("executor"))
    assert logged[0].startswith("sky-rust can't begin in this process, which stays in Python: ")


@pytest.mark.parametrize("module", ["sky.server", "sky.server.plugins", "sky"])
def test_a_skypilot_of_another_form(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sky.server.plugins", None)
    monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    code = importlib.util.find_spec("sky_rust.plugin").loader.get_code("sky_rust.plugin")  # type: ignore[union-attr]
    namespace: dict[str, Any] = {"__name__": "sky_rust.plugin"}
    exec(code, namespace)
    one = namespace["SkyRustPlugin"]()
    assert type(one).__bases__ == (object,)
    assert (one.name, one.rbac_rules, one.viewer_allowlist) == ("sky-rust", [], [])


#: Loads the plugin as SkyPilot does, twice as in a server of one process, and prints what its page says.
LOAD = """
import json, os, sys, warnings
import fastapi
from sky.server import plugins
from fastapi.testclient import TestClient
app = fastapi.FastAPI()
plugins.load_plugins(plugins.ExtensionContext(plugins.PluginContext.MAIN))
plugins.load_plugin_rbac_rules(), plugins.load_plugin_viewer_allowlist()
plugins.load_plugins(plugins.ExtensionContext(plugins.PluginContext.UVICORN, app))
import sky.utils.log_utils, sky.utils.message_utils, sky.utils.subprocess_utils
from sky.utils import common_utils
assert common_utils.format_float(2.5) == "2.5"
from sky_rust.utils import subprocess_utils
assert subprocess_utils.is_process_alive(1)  # which needs psutil
from sky_rust import _process
look = _process.agent_state().get("agent")
look and look.look()
print(json.dumps(TestClient(app).get("/plugins/api/sky_rust/status").json()["processes"]))
"""


def load(home: Path, **variables: str) -> dict[str, Any]:
    """What a process says that loads the plugin."""
    (home / ".sky").mkdir(exist_ok=True)
    (home / ".sky" / "plugins.yaml").write_text("plugins:\n  - class: sky_rust.plugin.SkyRustPlugin\n")
    ran = run(LOAD, HOME=str(home), **variables)
    (process,) = json.loads(ran.stdout)
    return dict(process)


def test_in_a_server_of_one_process(tmp_path: Path) -> None:
    process = load(tmp_path)
    assert (process["context"], process["obstacle"], process["trouble"]) == ("uvicorn", "", "")
    assert {one["backend"] for one in process["functions"].values()} == {"rust"}
    assert process["functions"]["format_float"]["answers"] == 1


def test_switched_off_by_the_environment(tmp_path: Path) -> None:
    process = load(tmp_path, SKY_RUST="0")
    assert process["obstacle"] == "switched off by SKY_RUST=0"
    assert {one["reason"] for one in process["functions"].values()} == {"switched off by SKY_RUST=0"}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The package without a compiled module, in a folder to import it from."""
    shutil.copytree(PACKAGE, tmp_path / "copied" / "sky_rust", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return tmp_path / "copied"


@pytest.mark.parametrize("content", [None, b"\x7fELF"], ids=["missing", "broken"])
def test_required_without_a_compiled_module(copied: Path, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (copied / "sky_rust" / f"_native{SUFFIX}").write_bytes(content)
    process = load(tmp_path, PYTHONPATH=str(copied), SKY_RUST="require")
    assert process["obstacle"].startswith("no compiled module: ")
    assert {one["reason"] for one in process["functions"].values()} == {process["obstacle"]}
    assert process["trouble"].startswith("ImportError: SKY_RUST=require: ")


def test_required_without_proofs(copied: Path, tmp_path: Path) -> None:
    shutil.copy(PACKAGE / f"_native{SUFFIX}", copied / "sky_rust")
    (copied / "sky_rust" / "proofs.json").unlink()
    process = load(tmp_path, PYTHONPATH=str(copied), XDG_CONFIG_HOME=str(tmp_path), SKY_RUST="require")
    assert process["obstacle"] == ""
    assert process["trouble"].startswith("ImportError: SKY_RUST=require: ")
    assert all("`sky-rust verify --record" in one["reason"] for one in process["functions"].values())
    # The same where SkyPilot's modules are imported later: their imports don't fail.
    code = """
from sky_rust import _agent, _process
_agent.begin("executor")
assert _process.agent_state()["trouble"] == ""
import sky.utils.common_utils
assert _process.agent_state()["trouble"].startswith("ImportError: SKY_RUST=require: ")
"""
    variables = {"PYTHONPATH": str(copied), "XDG_CONFIG_HOME": str(tmp_path), "SKY_RUST": "require"}
    run(code, HOME=str(tmp_path), **variables)


def test_a_process_whose_functions_can_not_be_asked(tmp_path: Path) -> None:
    code = """
from sky_rust import _agent, _fleet, _status
_status.stats = lambda: 1 / 0
_agent.begin("executor")
(process,) = _fleet.read().processes
assert (process.context, process.functions) == ("executor", {})
assert process.trouble == "ZeroDivisionError: division by zero"
"""
    run(code, HOME=str(tmp_path))


def test_a_broken_psutil(tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "psutil"
    broken.mkdir(parents=True)
    real = importlib.import_module("psutil").__file__
    # SkyPilot itself imports it; a process that was to be found out by name is no longer.
    (broken / "__init__.py").write_text(
        f"import sys\n__path__ = [{str(real)!r}.rpartition('/')[0]]\nexec(open({real!r}).read())\ndel pid_exists\n"
    )
    process = load(tmp_path, PYTHONPATH=f"{broken.parent}:{PACKAGE.parent}", SKY_RUST="require")
    assert process["obstacle"] == ""
    assert process["functions"]["format_float"]["backend"] == "rust"
    assert process["functions"]["is_process_alive"]["backend"] == "python"
    assert process["functions"]["is_process_alive"]["reason"]
