"""Loads the plugin as the installed release of SkyPilot does, in each context that it has: `nox -s releases`."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

PATH = "/plugins/api/sky_rust"


def context_of(plugins: ModuleType, name: str, app: Any = None) -> Any:
    """The extension context that SkyPilot makes for that kind of process."""
    kinds = getattr(plugins, "PluginContext", None)
    if kinds is None:  # 0.11
        return plugins.ExtensionContext(app=app)
    return plugins.ExtensionContext(context=kinds(name), app=app)


def execute(_number: int) -> None:
    """An executor: it is spawned, loads plugins, and works."""
    plugins = import_module("sky.server.plugins")
    plugins.load_plugins(context_of(plugins, "executor"))
    assert import_module("sky.utils.common_utils").format_float(2.5) == "2.5"
    time.sleep(1.5)  # the agent writes every half second


def main() -> None:
    """Fails with an AssertionError where something isn't as it should be."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        os.environ["SKYPILOT_DISABLE_USAGE_COLLECTION"] = "1"
        Path(home, ".sky").mkdir()
        Path(home, ".sky", "plugins.yaml").write_text("plugins:\n  - class: sky_rust.plugin.SkyRustPlugin\n")
        try:
            plugins = import_module("sky.server.plugins")
        except ModuleNotFoundError:
            plugin: Any = import_module("sky_rust.plugin").SkyRustPlugin()
            plugin.install(None)
            print(f"SkyPilot {import_module('sky').__version__} has no plugins; the module can be imported")
            return
        check(plugins)


def check(plugins: Any) -> None:
    """Loads the plugin, and asks for what it has registered."""
    import fastapi
    from fastapi.testclient import TestClient

    app = fastapi.FastAPI()
    if hasattr(plugins, "PluginContext"):
        plugins.load_plugins(context_of(plugins, "main"))
    plugins.load_plugin_rbac_rules()
    assert plugins.get_plugin_rbac_rules() == {"user": [{"path": f"{PATH}/switch", "method": "POST"}]}
    if hasattr(plugins, "load_plugin_viewer_allowlist"):
        assert {"path": f"{PATH}/status", "method": "GET"} in plugins.load_plugin_viewer_allowlist()
    plugins.load_plugins(context_of(plugins, "uvicorn", app))
    (one,) = plugins.get_plugins()
    assert (one.name, one.js_extension_path) == ("sky-rust", f"{PATH}/page.js")

    spawn = multiprocessing.get_context("spawn")
    executor = spawn.Process(target=execute, args=(0,))
    executor.start()
    client = TestClient(app)
    assert client.get(f"{PATH}/").status_code == client.get(f"{PATH}/page.js").status_code == 200
    seen: set[str] = set()
    while executor.is_alive():
        seen.update(process["context"] for process in client.get(f"{PATH}/status").json()["processes"])
        time.sleep(0.1)
    executor.join()
    assert executor.exitcode == 0
    seen.discard("main")  # this process, until its agent looks again
    assert seen == {"uvicorn", "executor"}, seen

    # The TestClient has no middleware that would say who asks: as on a server that knows no users.
    assert client.post(f"{PATH}/switch", json={"function": "format_float", "switch": "off"}).status_code == 200
    deadline = time.monotonic() + 30
    while functions_of(client)["format_float"]["switch"] != "off":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    metrics = metrics_of(import_module("sky.server.metrics"))
    print(json.dumps({"skypilot": import_module("sky").__version__, "contexts": sorted(seen), "metrics": metrics}))


def functions_of(client: Any) -> dict[str, Any]:
    """What this process says of its functions."""
    (process,) = client.get(f"{PATH}/status").json()["processes"]
    return dict(process["functions"])


def metrics_of(metrics: Any) -> bool:
    """Whether the release serves metrics of plugins; they have to be there then."""
    if not hasattr(metrics, "register_plugin_collector"):
        return False
    deadline = time.monotonic() + 30
    while "sky_rust_answers_total{" not in metrics.generate_latest().decode():  # newer ones look in another thread
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    main()
