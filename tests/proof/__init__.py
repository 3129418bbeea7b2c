"""The originals that a native may run on, and the proofs that decide it."""
