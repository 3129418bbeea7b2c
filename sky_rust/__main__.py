"""The command `sky-rust`, and `python -m sky_rust`."""

from __future__ import annotations

import sys

from sky_rust import _requirements

#: What the command line is made with; SkyPilot brings them.
_PACKAGES = ("click", "jinja2", "rich")

#: `sky_rust.cli._exit.NOT_INSTALLED`, which can't be imported without click.
_NOT_INSTALLED = 4


def main() -> None:
    """Runs the command that the arguments name, or says which package it needs and lacks."""
    missing = _requirements.missing(_PACKAGES)
    if missing:
        print(f"Error: {_requirements.sentence('sky-rust', missing, 'cli')}", file=sys.stderr)
        raise SystemExit(_NOT_INSTALLED)
    from sky_rust import cli

    cli.main()


if __name__ == "__main__":
    main()
