"""The page's routes: what they say of the fleet, who may switch, and what a refusal says."""

from __future__ import annotations

import errno
import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any

import fastapi
import pytest

from sky_rust import _control_file, _files, _fleet, _process
from sky_rust._registry import FUNCTIONS
from sky_rust._server import ROUTES, routes
from tests.rollout.conftest import process

if TYPE_CHECKING:
    import types
    from pathlib import Path

    from fastapi.testclient import TestClient

OFF = {"function": "hash_file", "switch": "off"}


def function(client: TestClient, name: str) -> dict[str, Any]:
    """What the status says of a function, over all processes."""
    return next(one for one in client.get(f"{ROUTES}/status").json()["functions"] if one["name"] == name)


def lines(home: Path) -> Any:
    """The content of the control file."""
    return json.loads((home / "control.json").read_text())


def test_status_has_processes_counts_and_ratios(client: TestClient) -> None:
    broken = {"switch": "off", "backend": "python", "reason": "switched off by a mismatch", "mismatches": 1}
    _fleet.write(
        process(
            hash_file={"answers": 7, "shadowed": 3, "switch": "shadow", "nanoseconds": [200, 900]}, read_yaml=broken
        )
    )
    status = client.get(f"{ROUTES}/status")
    assert status.headers["cache-control"] == "no-store"
    document = status.json()
    assert [one["name"] for one in document["functions"]] == [one.name for one in FUNCTIONS]
    assert (document["may_switch"], document["why_not"]) == (True, "")
    (said,) = document["processes"]
    assert (said["pid"], said["context"]) == (os.getpid(), "executor")
    assert said["functions"]["read_yaml"]["reason"] == "switched off by a mismatch"
    expected = {"rust": 0, "shadow": 1, "python": 0, "ratio": 4.5, "answers": 7, "shadowed": 3, "mismatches": 0}
    assert expected.items() <= function(client, "hash_file").items()
    assert {"rust": 0, "python": 1, "ratio": None, "mismatches": 1}.items() <= function(client, "read_yaml").items()


def test_a_process_that_is_gone_leaves_its_counts(client: TestClient) -> None:
    _fleet.write(process(hash_file={"answers": 7})._replace(start="1"))
    assert client.get(f"{ROUTES}/status").json()["processes"] == []
    assert {"answers": 7, "rust": 0, "python": 0}.items() <= function(client, "hash_file").items()


def test_without_processes(client: TestClient) -> None:
    document = client.get(f"{ROUTES}/status").json()
    assert document["processes"] == []
    assert document["control"] == {
        "file": _process.CONTROL_FILE,
        "problem": "",
        "every": "",
        "read_only": "",
    }


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (OFF, "off"),
        ({"function": "hash_file", "switch": "on"}, "on"),
        ({"function": "hash_file", "switch": "shadow"}, "shadow"),
        ({"function": "hash_file", "switch": "shadow", "rate": 0.25}, "shadow 0.25"),
        ({"function": "Config.get_nested", "switch": "shadow", "rate": 0}, "shadow 0"),
        ({"function": "*", "switch": "off"}, "off"),
    ],
)
def test_a_switch_is_written(client: TestClient, home: Path, body: dict[str, Any], line: str) -> None:
    answer = client.post(f"{ROUTES}/switch", json=body)
    assert (answer.status_code, answer.json()) == (200, {"function": body["function"], "line": line})
    assert lines(home) == {body["function"]: line}
    if body["function"] == "*":
        assert client.get(f"{ROUTES}/status").json()["control"]["every"] == line
    else:
        assert function(client, body["function"])["line"] == line


def test_a_line_is_taken_away(client: TestClient, home: Path) -> None:
    client.post(f"{ROUTES}/switch", json=OFF)
    client.post(f"{ROUTES}/switch", json={"function": "read_yaml", "switch": "shadow"})
    answer = client.post(f"{ROUTES}/switch", json={"function": "hash_file", "switch": ""})
    assert answer.json() == {"function": "hash_file", "line": ""}
    assert lines(home) == {"read_yaml": "shadow"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"function": "hash_files", "switch": "off"}, "There is no function 'hash_files'."),
        ({"switch": "off"}, "There is no function None."),
        ({"function": ["*"], "switch": "off"}, "There is no function ['*']."),
        (
            {"function": "*", "switch": "of"},
            "The switch 'of' is none of on, off, shadow and '' (to take the line away).",
        ),
        ({"function": "*"}, "The switch None is none of on, off, shadow and '' (to take the line away)."),
        ({"function": "*", "switch": ["on"]}, "The switch ['on'] is none of"),
        ({"function": "*", "switch": "shadow", "rate": 2}, "The rate 2 is no number from 0.0 to 1.0"),
        ({"function": "*", "switch": "shadow", "rate": "nan"}, "The rate 'nan' is no number from 0.0 to 1.0"),
        ({"function": "*", "switch": "on", "rate": 0.5}, "The rate 0.5 is no number from 0.0 to 1.0, for the switch"),
    ],
)
def test_what_can_not_be_read_is_refused(client: TestClient, home: Path, body: dict[str, Any], words: str) -> None:
    answer = client.post(f"{ROUTES}/switch", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(words)
    assert not (home / "control.json").exists()


@pytest.mark.parametrize("content", [b"[]", b'"off"', b"{", b""])
def test_a_body_that_is_no_object_is_refused(client: TestClient, home: Path, content: bytes) -> None:
    answer = client.post(f"{ROUTES}/switch", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert not (home / "control.json").exists()


@pytest.mark.parametrize(
    ("user", "code"), [(None, 200), ("ann", 200), ("uma", 403), ("vic", 403), ("two", 403), ("new", 403)]
)
def test_admins_switch(client: TestClient, home: Path, user: str | None, code: int) -> None:
    headers = {"X-User": user} if user else {}
    answer = client.post(f"{ROUTES}/switch", json=OFF, headers=headers)
    assert answer.status_code == code
    assert (home / "control.json").exists() == (code == 200)
    # All of them read, and the page says what they may do.
    status = client.get(f"{ROUTES}/status", headers=headers)
    assert (status.status_code, status.json()["may_switch"]) == (200, code == 200)
    if code == 403:
        assert answer.json()["detail"].startswith("Only admins switch functions; ")
        assert status.json()["why_not"] == answer.json()["detail"]


def test_an_admin_whom_the_blocklist_stops_does_not(
    client: TestClient, home: Path, permissions: types.SimpleNamespace
) -> None:
    permissions.blocked.add("ann")
    answer = client.post(f"{ROUTES}/switch", json=OFF, headers={"X-User": "ann"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "SkyPilot's rules forbid POST /plugins/api/sky_rust/switch to ann."
    assert not (home / "control.json").exists()


def test_where_nobody_says_who_may_nobody_may(
    client: TestClient, home: Path, permissions: types.SimpleNamespace
) -> None:
    def fail(_user: str) -> list[str]:
        raise RuntimeError("no database")

    permissions.get_user_roles = fail
    answer = client.post(f"{ROUTES}/switch", json=OFF, headers={"X-User": "ann"})
    assert answer.status_code == 503
    assert answer.json()["detail"] == "SkyPilot doesn't say who may switch functions: RuntimeError: no database"
    assert not (home / "control.json").exists()
    assert client.get(f"{ROUTES}/status", headers={"X-User": "ann"}).json()["may_switch"] is False


@pytest.mark.parametrize(
    ("origin", "host", "code"),
    [
        ("http://sky.example.com", "sky.example.com", 200),
        ("https://sky.example.com", "sky.example.com", 200),
        ("https://SKY.example.com", "sky.example.com:443", 200),
        ("http://sky.example.com:46580", "sky.example.com:46580", 200),
        ("http://[::1]:46580", "[::1]:46580", 200),
        ("http://sky.example.com", "sky.example.com:46580", 403),
        ("http://sky.example.com:443", "sky.example.com", 403),
        ("http://evil.example.com", "sky.example.com", 403),
        ("http://sky.example.com.evil.example.com", "sky.example.com", 403),
        ("http://sky.example.com@evil.example.com", "sky.example.com", 403),
        ("null", "sky.example.com", 403),
        ("null", "", 403),
        ("", "sky.example.com", 403),
        ("file://", "", 403),
    ],
)
@pytest.mark.parametrize("user", [None, "ann"])
def test_pages_of_other_origins_do_not_switch(
    client: TestClient, home: Path, origin: str, host: str, code: int, user: str | None
) -> None:
    headers = {"Origin": origin, "Host": host, **({"X-User": user} if user else {})}
    answer = client.post(f"{ROUTES}/switch", json=OFF, headers=headers)
    assert answer.status_code == code
    assert (home / "control.json").exists() == (code == 200)
    if code == 403:
        assert "only its own pages switch functions" in answer.json()["detail"]


def test_a_file_that_can_not_be_written(client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, content: str, mode: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system", path)

    (home / "control.json").write_text('{"*": "on"}')
    monkeypatch.setattr(_files, "replace", refuse)
    answer = client.post(f"{ROUTES}/switch", json=OFF)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(f"Nothing is switched: {home}/control.json can't be written: Read-only")
    assert lines(home) == {"*": "on"}


def test_a_folder_that_can_not_be_written_is_said_before(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_process, "CONTROL_FILE", str(home / "etc" / "new" / "control.json"))
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(home) and access(path, mode))
    control = client.get(f"{ROUTES}/status").json()["control"]
    assert control["read_only"] == f"{home} can't be written by the server"
    assert not (home / "etc").exists()


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_file_that_can_not_be_read(client: TestClient, home: Path, content: str) -> None:
    (home / "control.json").write_text(content)
    problem = client.get(f"{ROUTES}/status").json()["control"]["problem"]
    assert problem.startswith(f"{home}/control.json can't be read: ")
    assert problem.endswith(": all functions are off")
    answer = client.post(f"{ROUTES}/switch", json=OFF)
    assert answer.status_code == 409
    assert (home / "control.json").read_text() == content


def test_a_file_that_is_refused(client: TestClient, home: Path) -> None:
    (home / "control.json").write_text("{}")
    (home / "control.json").chmod(0o666)
    refused = f"{home}/control.json can be written by its group or by everybody (mode 0666)"
    assert (
        client.get(f"{ROUTES}/status").json()["control"]["problem"] == f"{refused}: the switches before stay in force"
    )
    answer = client.post(f"{ROUTES}/switch", json=OFF)
    assert (answer.status_code, answer.json()["detail"]) == (409, f"Nothing is switched: {refused}")


def test_the_page_and_what_it_loads(client: TestClient) -> None:
    page = client.get(f"{ROUTES}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # SkyPilot's policy forbids scripts in the page itself.
    assert page.text.count("<script") == page.text.count("<script src=") == 1
    assert not re.search(r"\son\w+\s*=", page.text)
    script, style = client.get(f"{ROUTES}/page.js"), client.get(f"{ROUTES}/page.css")
    assert script.headers["content-type"].startswith("text/javascript")
    assert style.headers["content-type"].startswith("text/css")
    for one in (page, script, style):
        assert (one.status_code, one.headers["cache-control"]) == (200, "no-cache")
        assert not re.search(r"\bhttps?:|@import|url\(", one.text)  # nothing from elsewhere
    assert client.get(ROUTES, follow_redirects=False).headers["location"].endswith(f"{ROUTES}/")
    assert client.get(f"{ROUTES}/routes.py").status_code == 404


def test_routes_are_added_once(client: TestClient) -> None:
    app = fastapi.FastAPI()
    routes.add_to(app)
    before = len(app.routes)
    routes.add_to(app)
    assert len(app.routes) == before


def test_handlers_run_in_threads(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    loop_threads, threads = set(), set()

    @client.app.get("/loop")  # type: ignore[attr-defined]
    async def loop() -> None:
        loop_threads.add(threading.get_ident())

    read = _fleet.read
    monkeypatch.setattr(_fleet, "read", lambda: threads.add(threading.get_ident()) or read())
    change = _control_file.change
    monkeypatch.setattr(
        _control_file, "change", lambda path, values: threads.add(threading.get_ident()) or change(path, values)
    )
    with client:  # one loop for all requests
        client.get("/loop")
        client.get(f"{ROUTES}/status")
        client.post(f"{ROUTES}/switch", json=OFF)
    assert threads
    assert not threads & loop_threads
