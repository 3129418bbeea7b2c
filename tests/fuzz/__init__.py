"""Coverage-guided fuzzing: `fuzz.py` is what `nox -s fuzz` runs."""
