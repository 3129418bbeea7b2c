"""What SkyPilot's CI gets from us."""
