"""The routes of the page. Handlers are plain functions: the server runs them in threads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastapi
from fastapi.responses import FileResponse, JSONResponse

from sky_rust import _control_file, _process
from sky_rust._policy import read_rate
from sky_rust._registry import FUNCTIONS
from sky_rust._server import ROUTES, access, report

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent
_SWITCHES = ("on", "off", "shadow", "")
_FORBIDDEN, _CONFLICT, _UNREADABLE, _UNAVAILABLE = 403, 409, 422, 503


def add_to(app: fastapi.FastAPI) -> None:
    """Adds the routes to a server, unless it has them already."""
    if any(getattr(route, "path", "") == f"{ROUTES}/status" for route in app.routes):
        return
    for path, file, kind in (
        ("/", "page.html", "text/html"),
        ("/page.js", "page.js", "text/javascript"),
        ("/page.css", "page.css", "text/css"),
    ):
        app.add_api_route(f"{ROUTES}{path}", _static(file, kind), include_in_schema=False, response_model=None)
    app.add_api_route(f"{ROUTES}/status", status, response_model=None)
    app.add_api_route(f"{ROUTES}/switch", switch, methods=["POST"], response_model=None)


def _static(name: str, kind: str) -> Any:
    def serve() -> FileResponse:
        # An upgrade has to be seen at once: browsers ask each time whether the file is still the same.
        return FileResponse(_FOLDER / name, media_type=kind, headers={"Cache-Control": "no-cache"})

    return serve


def status(request: fastapi.Request) -> JSONResponse:
    """The processes of this host, the functions with their counts, and whether the reader may switch them."""
    obstacle = _obstacle(request, is_asked=True)[1]
    document = {**report.document(), "may_switch": not obstacle, "why_not": obstacle}
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


def switch(request: fastapi.Request, body: dict[str, Any] = fastapi.Body()) -> JSONResponse:  # noqa: B008 - FastAPI's
    """Writes a line into the control file, or takes it away.

    Args:
        request: of an admin.
        body: 'function', a name or '*'; 'switch', one of 'on', 'off', 'shadow' and '' to take the line away; 'rate',
            the share of the calls that shadow compares, 1 by default.
    """
    code, reason = _obstacle(request)
    if reason:
        return _refusal(code, reason)
    try:
        key, value = _line(body)
    except ValueError as error:
        return _refusal(_UNREADABLE, str(error))
    try:
        _control_file.change(_process.CONTROL_FILE, {key: value})
    except (_control_file.ReadOnlyError, _control_file.RefusedError, OSError, ValueError) as error:
        return _refusal(_CONFLICT, f"Nothing is switched: {error}")
    return JSONResponse({"function": key, "line": value or ""})


def _obstacle(request: fastapi.Request, *, is_asked: bool = False) -> tuple[int, str]:
    try:
        return _FORBIDDEN, access.obstacle(request, f"{ROUTES}/switch", is_asked=is_asked)
    except Exception as error:  # in doubt: no
        return _UNAVAILABLE, f"SkyPilot doesn't say who may switch functions: {type(error).__name__}: {error}"


def _line(body: Mapping[str, Any]) -> tuple[str, str | None]:
    """The key and the value of the control file's line; None to take it away.

    Raises:
        ValueError: there is no such function, switch or rate; the words say so.
    """
    function, word, rate = body.get("function"), body.get("switch"), body.get("rate")
    if function != _control_file.EVERY and all(one.name != function for one in FUNCTIONS):
        raise ValueError(f"There is no function {function!r}.")
    if word not in _SWITCHES:
        raise ValueError(f"The switch {word!r} is none of on, off, shadow and '' (to take the line away).")
    if rate is None:
        return str(function), word or None
    share = read_rate(str(rate)) if word == "shadow" else None
    if share is None:
        raise ValueError(f"The rate {rate!r} is no number from 0.0 to 1.0, for the switch shadow.")
    return str(function), f"shadow {share:g}"


def _refusal(code: int, reason: str) -> JSONResponse:
    return JSONResponse({"detail": reason}, status_code=code)
