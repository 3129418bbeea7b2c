"""Which originals a native may run on, and how anybody can prove it."""
