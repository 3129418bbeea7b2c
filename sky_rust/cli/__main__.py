"""`python -m sky_rust.cli`."""

from sky_rust.cli import main

main()
