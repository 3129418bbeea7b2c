"""A fleet in a folder of the test's own, and the plugin's routes in an application with users."""

from __future__ import annotations

import os
import sys
import types
from typing import TYPE_CHECKING, Any

import fastapi
import pytest
from fastapi.testclient import TestClient

import sky_rust
from sky_rust import _fleet, _process
from sky_rust._registry import FUNCTIONS
from sky_rust._server import routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

#: User -> the roles that the permission service says.
ROLES = {"ann": ["admin"], "uma": ["user"], "vic": ["viewer"], "two": ["admin", "user"], "new": []}


def process(**functions: dict[str, Any]) -> _fleet.Process:
    """What a process says that lives as long as this test; what is given of a function is as it says."""
    plain = {
        "module": "common_utils",
        "switch": "on",
        "backend": "rust",
        "reason": "attached to sky.utils",
        "rate": 1.0,
        **dict.fromkeys(_fleet.COUNTS, 0),
        "reasons": {},
        "nanoseconds": [0, 0],
    }
    pid = os.getpid()
    return _fleet.Process(
        pid=pid,
        start=_fleet.start_of(pid) or "",
        context="executor",
        version=sky_rust.__version__,
        python="3.12.1",
        skypilot="0.14.1",
        obstacle="",
        control={"file": "", "digest": "", "problem": "", "refused": ""},
        trouble="",
        functions={one.name: {**plain, **functions.get(one.name, {})} for one in FUNCTIONS},
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what sky-rust keeps, and in it the control file: none of the user's."""
    monkeypatch.setattr(_process, "HOME", str(tmp_path / "sky_rust"))
    monkeypatch.setattr(_process, "CONTROL_FILE", str(tmp_path / "control.json"))
    return tmp_path


@pytest.fixture
def permissions(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Stands for SkyPilot's permission service; `blocked` has the users whom its blocklist stops."""
    service = types.SimpleNamespace(blocked=set())
    service.get_user_roles = ROLES.__getitem__
    service.check_endpoint_permission = lambda user, path, method: (
        user in service.blocked and (path, method) == ("/plugins/api/sky_rust/switch", "POST")
    )
    module: Any = types.ModuleType("sky.users.permission")
    module.permission_service = service
    monkeypatch.setitem(sys.modules, "sky.users.permission", module)
    return service


@pytest.fixture
def client(home: Path, permissions: types.SimpleNamespace) -> TestClient:
    """Asks the routes; the header X-User names a user."""
    app = fastapi.FastAPI()
    routes.add_to(app)

    @app.middleware("http")
    async def sign_in(
        request: fastapi.Request, then: Callable[[fastapi.Request], Awaitable[fastapi.Response]]
    ) -> fastapi.Response:
        name = request.headers.get("x-user")
        request.state.auth_user = types.SimpleNamespace(id=name, name=name) if name else None
        return await then(request)

    return TestClient(app, base_url="http://sky.example.com")
