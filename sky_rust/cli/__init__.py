"""The command line: `sky-rust`."""

from __future__ import annotations

from typing import IO

import click

import sky_rust
from sky_rust._registry import FUNCTIONS

_NAMES = [function.name for function in FUNCTIONS]


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


@main.command()
@click.argument("functions", nargs=-1, type=click.Choice(_NAMES), metavar="[FUNCTION]...")
@click.option("--examples", type=click.IntRange(min=1), default=500, show_default=True, help="Calls of each function.")
@click.option("--seed", type=click.IntRange(min=0), help="Makes the same calls again.")
@click.option("--all", "retry", is_flag=True, help="Also what is known to differ on this SkyPilot.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--record", is_flag=True, help="Keep what held: functions without a proof then run natively here.")
def verify(functions: tuple[str, ...], examples: int, seed: int, retry: bool, as_json: bool, record: bool) -> None:
    """Compare natives with the originals of the SkyPilot that is installed, on generated calls.

    Exit status 1 if a native differs, and the smallest call that shows it.
    """
    if record and examples < 500:
        raise click.UsageError("--record needs at least 500 --examples: fewer prove little")
    if not sky_rust.is_rust_available():
        raise click.ClickException(f"there is nothing to verify: {sky_rust.get_backend_info().reason}")
    try:
        from sky_rust.cli import _verify
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise click.ClickException(str(error)) from None
    names = list(dict.fromkeys(functions)) or _NAMES
    raise SystemExit(_verify.run(names, examples=examples, seed=seed, retry=retry, as_json=as_json, record=record))


@main.command()
@click.argument("functions", nargs=-1, type=click.Choice(_NAMES), metavar="[FUNCTION]...")
@click.option(
    "--samples", type=click.IntRange(min=5), default=25, show_default=True, help="Measurements of each side of a row."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option(
    "--html", type=click.File("w", encoding="utf-8", lazy=False), help="A page with a chart, written to a file."
)
def bench(functions: tuple[str, ...], samples: int, as_json: bool, html: IO[str] | None) -> None:
    """Measure natives against originals, on named inputs.

    Exit status 1 if an outcome differs, or if Python answered what natives are expected to answer.
    """
    if not sky_rust.is_rust_available():
        raise click.ClickException(f"there is nothing to measure: {sky_rust.get_backend_info().reason}")
    from sky_rust.cli import _bench

    names = list(dict.fromkeys(functions)) or _NAMES
    raise SystemExit(_bench.run(names, samples=samples, as_json=as_json, html=html))
