"""Into a running SkyPilot and out again."""
