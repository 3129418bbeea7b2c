"""SkyPilot's plugin: natives in every process of an API server, metrics of them, and a page about them.

    # ~/.sky/plugins.yaml, or the file that SKYPILOT_SERVER_PLUGINS_CONFIG names
    plugins:
      - class: sky_rust.plugin.SkyRustPlugin

SkyPilot imports this module in every process that it begins, so that it imports next to nothing itself.
"""

from __future__ import annotations

import sys

from sky_rust._server import ROUTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from sky.server.plugins import BasePlugin
except Exception:  # SkyPilot has no plugins before 0.11, and may have others some day: then nobody loads this one
    BasePlugin = object

_READ = (ROUTES, f"{ROUTES}/", f"{ROUTES}/page.js", f"{ROUTES}/page.css", f"{ROUTES}/status")
_SWITCH = f"{ROUTES}/switch"


class SkyRustPlugin(BasePlugin):  # type: ignore[misc, unused-ignore]  # where SkyPilot is not installed, it is Any
    """Attaches natives to the functions of each process that SkyPilot begins.

    No method raises anything: an exception would end the server. What goes wrong is in the process's status.
    """

    def __init__(self, **parameters: Any) -> None:
        # SkyPilot makes further instances, only to ask for the rules: nothing is begun here.
        self._parameters = parameters

    @property
    def name(self) -> str:
        """The plugin's name in SkyPilot's list."""
        return "sky-rust"

    @property
    def version(self) -> str | None:
        """The release of sky-rust."""
        try:
            import sky_rust

            return sky_rust.__version__
        except Exception:
            return None

    @property
    def js_extension_path(self) -> str:
        """The script that adds the page to SkyPilot's dashboard."""
        return f"{ROUTES}/page.js"

    @property
    def rbac_rules(self) -> list[tuple[str, Any]]:
        """Forbids users to switch functions: only admins may."""
        return [("user", rule) for rule in _rules("POST", _SWITCH)]

    @property
    def viewer_allowlist(self) -> list[Any]:
        """Lets viewers read the page."""
        return _rules("GET", *_READ)

    def install(self, extension_context: Any) -> None:
        """Begins: adds the routes where there is a server, the metrics in its main process, and natives everywhere.

        Args:
            extension_context: SkyPilot's, of any release.
        """
        problems = []
        if self._parameters:
            problems.append(f"the plugin has no parameters, and is given {', '.join(map(str, self._parameters))}")
        context = "unknown"
        try:
            context = _context(extension_context)
            app = getattr(extension_context, "app", None)
            if app is not None:
                from sky_rust._server import routes

                routes.add_to(app)
            if context == "main":
                from sky_rust._server import collector

                collector.register()
        except Exception as error:
            problems.append(f"the plugin's page or metrics are missing: {type(error).__name__}: {error}")
        try:
            from sky_rust import _agent

            _agent.begin(context, "; ".join(problems))
        except Exception as error:  # sky-rust itself can't be imported: there is no status either
            _log(f"sky-rust can't begin in this process, which stays in Python: {type(error).__name__}: {error}")


def _rules(method: str, *paths: str) -> list[Any]:
    try:
        from sky.server.plugins import RBACRule

        return [RBACRule(path=path, method=method) for path in paths]
    except Exception:  # a SkyPilot without rules; the routes ask for themselves who may switch
        return []


def _context(extension_context: Any) -> str:
    """What SkyPilot begins: 'main', 'uvicorn', 'executor' or 'controller'."""
    given = getattr(getattr(extension_context, "context", None), "value", None)
    if given is not None:
        return str(given)
    # SkyPilot 0.11 doesn't say.
    if getattr(extension_context, "app", None) is not None:
        return "uvicorn"
    from multiprocessing import parent_process

    if parent_process() is not None:
        return "executor"
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return "main" if getattr(spec, "name", "") == "sky.server.server" else "controller"


def _log(text: str) -> None:
    import logging

    logging.getLogger("sky_rust").warning("%s", text)
