"""Native against original, on every kind of call."""
