"""`sky_rust.testing`: the pytest plugin and the calls of functions, for SkyPilot's CI."""
