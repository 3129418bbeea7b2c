"""What the API server serves of sky-rust: metrics, and a page with its routes. Only the server imports them."""

from __future__ import annotations

#: Where the routes are. SkyPilot checks no permissions below /api/ and /dashboard/.
ROUTES = "/plugins/api/sky_rust"
