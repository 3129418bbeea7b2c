"""The command line: `sky-rust`."""

from __future__ import annotations

import click

import sky_rust


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sky_rust.__version__, prog_name="sky-rust")
def main() -> None:
    """SkyPilot's helper functions, the same, faster."""


@main.command()
def demo() -> None:
    """Run all of the functions on the SkyPilot that is installed: same result, backend in force, ratio."""
    from sky_rust.cli import _demo

    _demo.show()


@main.command()
def status() -> None:
    """Show each function's backend in a process that has installed them all, and why."""
    from sky_rust.cli import _report

    _report.status()


@main.command()
def doctor() -> None:
    """Check whether natives can be used here, and say what to do if not."""
    from sky_rust.cli import _report

    raise SystemExit(_report.doctor())
