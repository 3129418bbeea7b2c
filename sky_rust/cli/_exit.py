"""The exit statuses of the command line. 2 is click's: the command was called wrongly."""

from __future__ import annotations

import click

#: `verify`: a native differs, or answers too few of the calls that it is for. `demo`: a native differs.
DIFFERS = 1
#: `doctor`: something isn't as it should be, as its output says; no native differs.
PROBLEM = 1
#: `migrate --check`: a file would change.
WOULD_CHANGE = 1
#: No native can run here, so that there is nothing to verify or to measure.
NOTHING = 3
#: A package that the command needs is not installed.
NOT_INSTALLED = 4
#: `verify --record` can't write its file.
NOT_RECORDED = 5
#: `switch` can't write the control file.
NOT_WRITTEN = 5
#: SkyPilot can't be imported.
NO_IMPORT = 6
#: `migrate`: some files can't be read, parsed or written; the others are done.
NOT_ALL = 7
#: `doctor`: in the self-check, a native differed from its original, or crashed.
CHECK_FAILED = 8
#: An error of ours; the traceback is on standard error. (EX_SOFTWARE of sysexits.h)
CRASHED = 70
#: Ctrl-C came: 128 and the number of the signal, as shells have it.
INTERRUPTED = 130


class Stop(click.ClickException):
    """An error with a sentence for the user and an exit status of its own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_code = status  # type: ignore[misc, unused-ignore]  # a ClassVar from click 8.2 on
