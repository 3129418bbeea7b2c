"""Who may switch functions: admins, from a page of the server's own.

SkyPilot's server answers scripts of any origin, with the reader's cookies, and forbids only what its blocklist names.
So the route that writes asks for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import fastapi

_PORTS = {"http": ":80", "https": ":443"}


def obstacle(request: fastapi.Request, path: str, *, is_asked: bool = False) -> str:
    """Why this request may not switch anything, in words; '' if it may.

    Args:
        request: SkyPilot's middleware has put the user into its state; None where the server knows no users: then
            everybody is an admin to SkyPilot.
        path: the route that writes.
        is_asked: whether the request only asks what may be done: its origin doesn't count.

    Raises:
        Exception: SkyPilot's permissions can't be read.
    """
    reason = "" if is_asked else _foreign(request)
    user = getattr(request.state, "auth_user", None)
    if reason or user is None:
        return reason
    from sky.users.permission import permission_service

    roles = list(permission_service.get_user_roles(user.id))
    if roles != ["admin"]:
        has = f"has the role {', '.join(roles)}" if roles else "has no role"
        return f"Only admins switch functions; {user.name or user.id} {has}."
    if permission_service.check_endpoint_permission(user.id, path, "POST"):
        return f"SkyPilot's rules forbid POST {path} to {user.name or user.id}."
    return ""


def _foreign(request: fastapi.Request) -> str:
    """Why the page that made a request isn't the server's own; '' if it is, or if no page made it."""
    origin = request.headers.get("origin")
    if origin is None:  # browsers send it with each request that writes
        return ""
    host = request.headers.get("host", "").lower()
    parts = urlsplit(origin.lower())
    port = _PORTS.get(parts.scheme, ":")
    if host and parts.netloc.removesuffix(port) == host.removesuffix(port):
        return ""
    return (
        f"The request is from a page of {origin}, and the server is asked as {host or 'no host'}: only its own pages "
        "switch functions. (A proxy before it has to pass the header Host on.)"
    )
