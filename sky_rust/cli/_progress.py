"""Progress on standard error: a bar in a terminal, plain lines in a log file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

#: The most seconds without a line, where lines are written.
SILENCE = 30.0


class Steps:
    """The progress of work that has several parts, each of one or more steps."""

    def __init__(self, total: int, console: Console | None = None) -> None:
        """Begins.

        Args:
            total: the number of steps of all parts.
            console: where the progress is shown; standard error by default.
        """
        self._console = console or Console(stderr=True)
        self._total, self._done = total, 0
        self._part, self._detail = "", ""
        self._began = self._said = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # Other output is left alone: it may go to a file, while the bar is in a terminal. And what a forked process
        # prints would wait for ever for the bar's lock, if that was held just then.
        bar = Progress(*columns, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self._bar = bar if self._console.is_terminal else None
        self._task = self._bar.add_task("", total=total) if self._bar else None

    def __enter__(self) -> Steps:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def grow(self, steps: int) -> None:
        """Adds steps that nobody knew of at the beginning."""
        self._total += steps
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=self._total)

    def begin(self, part: str, detail: str = "") -> None:
        """Names the part that is being done, and what of it; a log has a line for each part, not for each detail."""
        is_new, self._part, self._detail = part != self._part, part, detail
        self._show(is_new)

    def advance(self, steps: int = 1) -> None:
        """Counts steps that are done."""
        self.reach(self._done + steps)

    def reach(self, done: int) -> None:
        """Sets the number of steps that are done."""
        self._done = done
        self._show(False)

    def _show(self, is_new: bool) -> None:
        if self._bar and self._task is not None:
            text = ", ".join(filter(None, (self._part, self._detail)))
            self._bar.update(self._task, description=text, completed=self._done)
            return
        now = time.monotonic()
        if is_new or now - self._said >= SILENCE:
            self._said = now
            share = 100 * self._done // max(1, self._total)
            line = f"{share:3} % after {now - self._began:.0f} s: {self._part}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
