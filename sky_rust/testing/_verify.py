"""Runs the differential suite of a function, for `sky-rust verify`, the matrix and our own tests."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sky_rust import _attachment, _install, _native, _proof, _skypilot, _status
from sky_rust._record import REFERENCE, Verdict
from sky_rust._registry import function as line_of
from sky_rust.testing import _places, _suite
from sky_rust.testing._children import ChildError
from sky_rust.testing._functions import MissingCallsError, calls
from sky_rust.testing._libraries import libraries_of, load_libraries

if TYPE_CHECKING:
    from collections.abc import Callable

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
    _skypilot.home_module(function.module)
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
    progress: Callable[[str], None] = lambda stage: None,
) -> Verdict:
    """Compares a native with its original, from every side: see `_suite`, whose stages run in processes of their own.

    Args:
        name: the function.
        examples: how many calls to compare; as many again are made to see whether the native answers.
        seed: makes the same calls each time; None makes other calls each time.
        retry: compare functions as well that differ by the shipped proofs.
        shrink: look for the smallest call that shows a mismatch.
        progress: called with words for the stage of the suite, for every call.

    Raises:
        ValueError: there is no function of that name.
        Interrupted: Ctrl-C came after a mismatch was found.
    """
    line = line_of(name)
    home, native = _skypilot.home_module(line.module), _native.digest(name)
    in_skypilot = home is not None and _skypilot.look_up(home, name) is not None
    fingerprint = _proof.fingerprint(name).digest if in_skypilot else REFERENCE

    skipped: list[str] = []

    def verdict(result: str, reason: str = "", script: str = "", examples: int = 0) -> Verdict:
        libraries = libraries_of(name)
        return Verdict(name, result, reason, script, examples, fingerprint, native, libraries, tuple(skipped))

    refuted = None
    with suppress(OSError, ValueError):  # a bundle without data files has no proofs
        refuted = _proof.shipped().refuted.get(name, {}).get(fingerprint, {}).get(native)
    if refuted and not retry:
        return verdict("python", f"its original {refuted}")
    try:
        function, control = candidate(name), _attachment.control(name)
        calls(name)
    except (ValueError, MissingCallsError) as error:
        return verdict("python", str(error))
    _places.folder()  # made here, for all stages
    if _native.is_audited():
        skipped.append("calls without an audit hook: there was one when the process began")
    subject = _suite.Subject(name, control, function, examples, seed, shrink)
    made = 0
    for words, stage in _suite.STAGES:
        try:
            found = _suite.run(stage, subject, lambda words=words: progress(words))  # type: ignore[misc]
        except ChildError as error:
            return verdict("differs", f"  the process of the stage for {words}: {error}", "", made)
        made += found.made
        skipped += [found.skipped] if found.skipped else []
        if found.differences:
            result = verdict("differs", "\n".join(found.differences), found.script, made)
            if found.interrupted:
                raise Interrupted(result)
            return result
        if found.interrupted:
            raise KeyboardInterrupt
        if found.answers < ANSWERED * (found.answers + found.declines):
            reason = f"its native answers {found.answers} of {found.answers + found.declines} common calls"
            return verdict("declines", reason, "", made)
    return verdict("same", examples=made)
