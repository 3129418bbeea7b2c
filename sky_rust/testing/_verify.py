"""Runs the differential suite of a function, for `sky-rust verify`, the matrix and our own tests."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.errors
from hypothesis import reporting

from sky_rust import _attachment, _install, _native, _proof, _skypilot, _status
from sky_rust._record import REFERENCE, Verdict
from sky_rust._registry import function as line_of
from sky_rust.testing._functions import MissingCallsError, calls
from sky_rust.testing._libraries import libraries_of, load_libraries
from sky_rust.testing._outcome import MismatchError, assert_same_outcome
from sky_rust.testing._source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    from sky_rust.testing._calls import Call

#: The number of calls that prove a function, by default.
EXAMPLES = 500

#: The share of the common calls that a native has to answer.
ANSWERED = 0.99


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came while the smallest call of a mismatch was sought.

    verdict: the verdict on the function, with the smallest call so far.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


def candidate(name: str) -> Callable[..., Any]:
    """SkyPilot's function (the reference where it has none) with its native attached, also if it has no proof yet.

    For this process the function stays on trial: `install` attaches it without asking for a proof.

    Raises:
        ValueError: there is no function of that name, or it can't run natively; the message says why.
    """
    function = line_of(name)
    _proof.on_trial.add(name)
    load_libraries(name)
    _install.install(name)
    status = _status.status()[name]
    if status.backend != "rust":
        raise ValueError(f"{name} can't run natively: {status.reason}")
    attached: Callable[..., Any] = _skypilot.original(function)
    return attached


def verify(
    name: str,
    *,
    examples: int = EXAMPLES,
    seed: int | None = None,
    retry: bool = False,
    shrink: bool = True,
    progress: Callable[[], None] = lambda: None,
) -> Verdict:
    """Compares a native with its original, on the calls of its strategy.

    Args:
        name: the function.
        examples: how many calls to compare; as many again are made to see whether the native answers.
        seed: makes the same calls each time; None makes other calls each time.
        retry: compare functions as well that differ by the shipped proofs.
        shrink: look for the smallest call that shows a mismatch.
        progress: called for every call.

    Raises:
        ValueError: there is no function of that name.
        Interrupted: Ctrl-C came after a mismatch was found.
    """
    line = line_of(name)
    home, native = _skypilot.home_module(line.module), _native.digest(name)
    in_skypilot = home is not None and _skypilot.look_up(home, name) is not None
    fingerprint = _proof.fingerprint(name).digest if in_skypilot else REFERENCE

    def verdict(result: str, reason: str = "", script: str = "", examples: int = 0) -> Verdict:
        return Verdict(name, result, reason, script, examples, fingerprint, native, libraries_of(name))

    refuted = None
    with suppress(OSError, ValueError):  # a bundle without data files has no proofs
        refuted = _proof.shipped().refuted.get(name, {}).get(fingerprint, {}).get(native)
    if refuted and not retry:
        return verdict("python", f"its original {refuted}")
    try:
        function, control = candidate(name), _attachment.control(name)
        every, common = calls(name), calls(name, common_only=True)
    except (ValueError, MissingCallsError) as error:
        return verdict("python", str(error))
    made = 0
    mismatch: MismatchError | None = None

    def compare(call: Call) -> None:
        nonlocal made, mismatch
        made += 1
        progress()
        try:
            for watch_records in (False, True):
                assert_same_outcome(control, function, call, watch_records=watch_records)
        except MismatchError as error:
            mismatch = error  # Hypothesis makes the smallest one last
            raise

    def make(call: Call) -> None:
        progress()
        with call.world(), suppress(Exception):
            call(function)

    def differs(found: MismatchError) -> Verdict:
        return verdict("differs", "\n".join(found.differences), script(name, found), made)

    try:
        with _quiet():
            _run(every, compare, examples, seed, shrink=shrink)
    except KeyboardInterrupt:
        if mismatch is None:
            raise
        raise Interrupted(differs(mismatch)) from None
    if mismatch is not None:
        return differs(mismatch)
    before = _native.counts(name)[:2]
    with _quiet():
        _run(common, make, examples, seed)
    answers, declines = (now - then for now, then in zip(_native.counts(name)[:2], before))
    if answers < ANSWERED * (answers + declines):
        reason = f"its native answers {answers} of {answers + declines} common calls"
        return verdict("declines", reason, "", made)
    return verdict("same", examples=made)


def _run(
    calls: SearchStrategy[Call],
    check: Callable[[Call], None],
    examples: int,
    seed: int | None,
    *,
    shrink: bool = True,
) -> None:
    """Makes the calls; ends at a mismatch, once it has found the smallest."""
    phases = set(hypothesis.Phase) - (set() if shrink else {hypothesis.Phase.shrink})

    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(calls)
    def every_call(call: Call) -> None:
        check(call)

    with reporting.with_reporter(lambda _: None), suppress(MismatchError, hypothesis.errors.Flaky):
        (every_call if seed is None else hypothesis.seed(seed)(every_call))()


@contextmanager
def _quiet() -> Iterator[None]:
    """Sends the output of SkyPilot's own handlers to /dev/null. They stay, since their levels decide about records."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, ExitStack() as stack:
        for handler in logging.getLogger("sky").handlers:
            if isinstance(handler, logging.StreamHandler):
                stack.callback(handler.setStream, handler.stream)
                handler.setStream(nowhere)
        yield


def script(name: str, mismatch: MismatchError) -> str:
    """Python code that makes the call of a mismatch again."""
    source = Source()
    call = source.of(mismatch.call)
    return "\n".join(
        (
            "import sky_rust",
            *source.imports("assert_same_outcome", "candidate"),
            f"call = {call}",
            f"assert_same_outcome(sky_rust.control({name!r}), candidate({name!r}), call, "
            f"watch_records={mismatch.watch_records})",
        )
    )
