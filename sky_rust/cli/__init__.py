"""The command line: `sky-rust`."""

from __future__ import annotations

import difflib
from typing import IO, TYPE_CHECKING, Any

import click

import sky_rust
from sky_rust import _requirements
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import _exit, _terminal

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = [function.name for function in FUNCTIONS]


class _FunctionName(click.Choice):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.2 on
    """A function's name; a wrong one is answered with those that are like it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the name, or ends with the names that are like it."""
        if value not in self.choices:
            similar = difflib.get_close_matches(str(value).lower().replace("-", "_"), self.choices)
            if similar:
                self.fail(f"{value!r} is no function here. Did you mean {' or '.join(similar)}?", param, ctx)
        return super().convert(value, param, ctx)


def _functions(command: Callable[..., None]) -> Callable[..., None]:
    """The argument of a command that is for some functions, or for all."""
    return click.argument("functions", nargs=-1, type=_FunctionName(_NAMES), metavar="[FUNCTION]...")(command)


class _Group(click.Group):
    """Commands that Ctrl-C ends with its own exit status, at any time; click's is 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Ctrl-C came", err=True)
            raise SystemExit(_exit.INTERRUPTED) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sky_rust.__version__, prog_name="sky-rust")
def main() -> None:
    """SkyPilot's helper functions, the same, faster."""
    _terminal.make_printable()


@main.command()
def demo() -> None:
    """Show SkyPilot's own work before and after, and all functions: same result, backend in force, ratio.

    It takes about a minute, and ends in one line that says what is gained on this machine.

    \b
    Exit status:
      0  all outcomes are the originals'
      1  a native's outcome is another one
      6  SkyPilot can't be imported
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _demo

    raise SystemExit(_demo.show())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def status(as_json: bool) -> None:
    """Show each function's backend, its calls, and why it is there: in the processes of this host that have natives.

    Those are the processes of `sky-rust run`, of SkyPilot's plugin, and of SKY_RUST_CONTROL. Where none runs, it is
    this command's own process, which installs all functions.

    \b
    Exit status:
      0  whatever the backends are
      6  SkyPilot can't be imported
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _report

    _report.status(as_json=as_json)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def doctor(as_json: bool) -> None:
    """Check whether natives can be used here, and whether they do what the originals do; say what to type next.

    Shown are what is installed and proven, each function's backend, its switch and where that comes from, and the
    processes of this host that have natives. In the self-check, each function makes some calls, natively and through
    the original; it leaves no state behind.

    \b
    Exit status:
      0    all functions run natively, or in shadow
      1    one or more run in Python, SkyPilot is missing or can't be imported,
           the control file is not obeyed, or a breaker has switched a function
           off in a process of this host; the output says why
      8    in the self-check, a native differed from its original, or crashed
      130  Ctrl-C came
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _doctor

    raise SystemExit(_doctor.run(as_json=as_json))


@main.command()
@click.argument("function", type=_FunctionName([*_NAMES, "all"]), metavar="FUNCTION")
@click.argument("word", type=click.Choice(["on", "off", "shadow", "default"]), metavar="[on|off|shadow|default]")
@click.option("--rate", type=click.FloatRange(0, 1), help="The share of calls that shadow compares. [default: 1]")
def switch(function: str, word: str, rate: float | None) -> None:
    """Switch a function, or 'all', in every process of this host that follows the control file.

    They follow within a second. 'default' takes the line away: the function is as its processes began. The file is
    SKY_RUST_CONTROL, or else sky_rust/control.json in SkyPilot's folder, ~/.sky.

    \b
    Exit status:
      0  the file is written
      2  the command was called wrongly
      5  the file can't be written; the output says why, and what to do
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _fleet

    if rate is not None and word != "shadow":
        raise click.UsageError("--rate is for shadow")
    _fleet.switch(function, word, rate)


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def run(command: tuple[str, ...]) -> None:
    """Run a command, such as sky api start, whose Python processes get natives once they import SkyPilot.

    \b
    sky-rust run -- sky api start

    The command's own exit status is this one's. It takes the variable SKY_RUST_RUN and sky_rust_autorun.pth, a file
    that is installed with sky-rust: the command's Python has to be of the same environment.

    \b
    Exit status:
      3    sky-rust is not installed in a way that lets it begin there
      126  the command can't be run
      127  there is no such command
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _fleet

    _fleet.run(command)


@main.command()
@_functions
@click.option("--examples", type=click.IntRange(min=1), default=500, show_default=True, help="Calls of each function.")
@click.option("--seed", type=click.IntRange(min=0), help="Makes the same calls again.")
@click.option("--all", "retry", is_flag=True, help="Also what is known to differ on this SkyPilot.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--record", is_flag=True, help="Keep what held: functions without a proof then run natively here.")
def verify(functions: tuple[str, ...], examples: int, seed: int, retry: bool, as_json: bool, record: bool) -> None:
    """Compare natives with the originals of the SkyPilot that is installed, on generated calls and in many worlds.

    If one differs, the output has the smallest call that shows it. Ctrl-C ends the work: what was found until then is
    shown, and recorded with --record.

    \b
    Exit status:
      0    all that could be compared is the same
      1    a native differs, or declines too many common calls
      2    the command was called wrongly
      3    there was nothing to compare
      4    a package that this needs is not installed; the output names it
      5    --record can't write its file
      6    SkyPilot can't be imported
      70   the suite crashed
      130  Ctrl-C came
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _report
    from sky_rust.testing import _audit

    if record and examples < 500:
        raise click.UsageError("--record needs at least 500 --examples: fewer prove little")
    if not sky_rust.is_rust_available():
        raise _exit.Stop(f"there is nothing to verify: {_report.backend_obstacle()}", _exit.NOTHING)
    # Without audit hooks, natives go other ways: those that imports of SkyPilot add wait until calls without were made.
    _audit.hold_hooks()
    _report.import_skypilot()
    try:
        from sky_rust.cli import _verify
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        message = _requirements.sentence("sky-rust verify", ["Hypothesis"], "verify")
        raise _exit.Stop(message, _exit.NOT_INSTALLED) from None
    names = list(dict.fromkeys(functions)) or _NAMES
    raise SystemExit(_verify.run(names, examples=examples, seed=seed, retry=retry, as_json=as_json, record=record))


@main.command()
@_functions
@click.option(
    "--samples", type=click.IntRange(min=5), default=25, show_default=True, help="Measurements of each side of a row."
)
@click.option("--workloads", is_flag=True, help="SkyPilot's own work from end to end instead, such as a request.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option(
    "--html", type=click.File("w", encoding="utf-8", lazy=False), help="A page with a chart, written to a file."
)
def bench(functions: tuple[str, ...], samples: int, workloads: bool, as_json: bool, html: IO[str] | None) -> None:
    """Measure natives against originals, on named inputs; or SkyPilot's own work, with natives and without.

    \b
    Exit status:
      0  all is measured
      1  an outcome differs, or Python answered what natives are expected to, or
         a workload could not be measured; the output says which rows, and why
      2  the command was called wrongly
      3  no native can run here
      6  SkyPilot can't be imported
    """  # noqa: D301 - click asks for the \b itself
    from sky_rust.cli import _bench, _report

    if not sky_rust.is_rust_available():
        raise _exit.Stop(f"there is nothing to measure: {_report.backend_obstacle()}", _exit.NOTHING)

    if workloads:
        from sky_rust.cli import _workloads

        if functions:
            raise click.UsageError("--workloads measures SkyPilot's own work, and no single functions")
        if not sky_rust.get_backend_info().skypilot:
            raise _exit.Stop("there is nothing to measure: SkyPilot is not installed", _exit.NO_IMPORT)
        raise SystemExit(_workloads.run(as_json=as_json, html=html))
    names = list(dict.fromkeys(functions)) or _NAMES
    raise SystemExit(_bench.run(names, samples=samples, as_json=as_json, html=html))


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option("--all", "every", is_flag=True, help="All modules of sky.utils, not only those that have natives.")
@click.option("--undo", is_flag=True, help="Back to sky.utils: what this command changed is as it was.")
@click.option("--check", is_flag=True, help="Change nothing: name the files that would change, for CI.")
@click.option("--diff", is_flag=True, help="Change nothing: show what would change.")
def migrate(paths: tuple[str, ...], every: bool, undo: bool, check: bool, diff: bool) -> None:
    """Rewrite imports of sky.utils to sky_rust.utils, in files and in all Python files of folders.

    Only imports change, and names that have to follow them; what is left alone is shown with its line and the reason.
    Hidden folders, virtual environments, __pycache__ and node_modules are skipped.

    \b
    Exit status:
      0    all is done; with --check, nothing would change
      1    --check: a file would change
      2    the command was called wrongly, or there is no such file
      4    libcst is not installed
      7    a file can't be read, parsed or written; the others are done
      130  Ctrl-C came; each file is as it was, or done
    """  # noqa: D301 - click asks for the \b itself
    try:
        import libcst  # noqa: F401
    except ModuleNotFoundError:
        message = _requirements.sentence("sky-rust migrate", ["libcst"], "migrate")
        raise _exit.Stop(message, _exit.NOT_INSTALLED) from None
    from sky_rust.cli import _migrate

    raise SystemExit(_migrate.run(paths, every=every, undo=undo, check=check, diff=diff))
