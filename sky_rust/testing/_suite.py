"""The suite of a function: stages, each of which looks at its native from another side, in a process of its own."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis
import hypothesis.errors
from hypothesis import reporting

from sky_rust import _native
from sky_rust.testing import _audit, _namespace, _shortage, _spies, _supervision, _traces
from sky_rust.testing._children import in_child
from sky_rust.testing._disturbance import Disturbance
from sky_rust.testing._functions import begin, calls, extreme_calls, has_elsewhere, long_calls, named
from sky_rust.testing._outcome import MismatchError, compared, observe
from sky_rust.testing._same import assert_same_outcome
from sky_rust.testing._source import Source
from sky_rust.testing._supervision import Child, Meanwhile
from sky_rust.testing._worlds import CallsLeft, Clock, Environ, OnEvent, Spied, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hypothesis.strategies import SearchStrategy

    from sky_rust.testing._calls import Call

    Step = Callable[[], None]

#: How many generated calls, of each part of a strategy, are made with each spy, with each hook, and where files differ.
_FEW = 8

#: The same where memory runs out. Each way that an allocation may fail is taken by a call that comes that far.
_SOME = 60

#: How many calls that a hook hears are disturbed, and made without memory.
_HEARD = 2

#: Of how many extreme calls every event is disturbed: more of them are short texts, which make no system calls.
_EXTREMES = 10


class Subject(NamedTuple):
    """What a suite is run for.

    name: the function's name.
    control: the original.
    candidate: the function with its native.
    examples: how many calls are generated.
    seed: makes the same calls each time; None makes other calls each time.
    shrink: whether to look for the smallest call that shows a mismatch.
    """

    name: str
    control: Callable[..., Any]
    candidate: Callable[..., Any]
    examples: int
    seed: int | None
    shrink: bool


class Found(NamedTuple):
    """What a stage has found.

    made: how many calls were compared.
    differences: a line for each thing that differs; none if nothing does.
    script: code that shows the difference.
    answers, declines: of the common calls, where they were counted.
    skipped: what could not be looked at, and why; '' if nothing.
    interrupted: whether Ctrl-C came.
    """

    made: int = 0
    differences: tuple[str, ...] = ()
    script: str = ""
    answers: int = 0
    declines: int = 0
    skipped: str = ""
    interrupted: bool = False


class _Comparison:
    """Compares calls of a subject, and counts them.

    made: how many it has compared.
    """

    def __init__(self, subject: Subject, step: Step) -> None:
        self._subject, self._step = subject, step
        self.made = 0

    def __call__(self, call: Call, **options: bool) -> None:
        """Compares a call, as `assert_same_outcome` does with these options."""
        self.made += 1
        self._step()
        assert_same_outcome(self._subject.control, self._subject.candidate, call, **options)  # type: ignore[arg-type]


def generated(subject: Subject, step: Step) -> Found:
    """Calls of the strategy, with a handler that sees records, and without; each repeated; then the share of answers.

    Where the process has begun without audit hooks, there are none now.
    """
    comparison = _Comparison(subject, step)

    def compare(call: Call) -> None:
        comparison(call, watch_records=True)
        assert_same_outcome(subject.control, subject.candidate, call, repeated=True)

    found = _searched(subject, calls(subject.name), compare, subject.examples)
    if not found.differences and not found.interrupted:
        found = _first(subject, extreme_calls(subject.name), compare)
    if found.differences or found.interrupted:
        return found._replace(made=comparison.made)
    begin(subject.name, subject.control)
    before = _native.counts(subject.name)[:2]

    def make(call: Call) -> None:
        step()
        with call.world(), suppress(Exception):
            call(subject.candidate)

    _searched(subject, calls(subject.name, common_only=True), make, subject.examples)
    answers, declines = (now - then for now, then in zip(_native.counts(subject.name)[:2], before))
    return Found(comparison.made, answers=answers, declines=declines)


def patched(subject: Subject, step: Step) -> Found:
    """Calls in which a name that the original looks up stands for another object, each in turn; then other defaults."""
    chosen = _with_room(_chosen(subject))  # where few calls are left, a spy is one too many
    others = [
        replace(call, worlds=(*call.worlds, Spied(path)))
        for path in _spies.looked_up(subject.control)
        for call in chosen
    ]
    if subject.control.__defaults__:
        defaults = tuple(map(_another, subject.control.__defaults__))
        others += _steady(subject.control, [replace(call, defaults=defaults) for call in chosen])
    return _first(subject, others, _Comparison(subject, step))


def _steady(control: Callable[..., Any], some: list[Call]) -> list[Call]:
    """The calls whose outcome is the same a second later.

    With its own defaults a function is called where the clock doesn't show; with others, its words may count seconds.
    """
    before = [observe(control, call) for call in some]
    time.sleep(1.1)
    # What a first call imports has events.
    later = (observe(control, call) for call in some)
    return [
        call for call, one, two in zip(some, before, later) if not compared(one, two, without=("events", "references"))
    ]


def _another(value: object) -> object:
    """Another value of the same type, where there is one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 2
    return f"{value}x" if isinstance(value, str) else value


def heard(subject: Subject, step: Step) -> Found:
    """Generated calls that an audit hook hears, and a few in which it raises or changes the environment.

    And two that are disturbed, or for which memory runs out, since natives go another way where there is a hook.
    """
    _audit.listen()
    compare = _Comparison(subject, step)
    found = _searched(subject, calls(subject.name), compare, subject.examples // 2)
    if found.differences or found.interrupted:
        return found._replace(made=compare.made)
    reactions = []
    chosen = _chosen(subject)
    for call in chosen:
        events: dict[str, list[object]] = defaultdict(list)
        for event in observe(subject.control, call).events:
            if isinstance(event, tuple):
                events[event[0]].append(event[1] if len(event) > 1 else None)
        variables = [name for world in call.worlds if isinstance(world, Environ) for name in world.variables]
        for event in sorted(events):
            errors = (PermissionError, ValueError, RuntimeError, Stopped)
            # Of events about several things, all are forbidden; then those about the last thing alone.
            things = dict.fromkeys(events[event])
            whats = [None, [*things][-1]] if len(things) > 1 else [None]
            hooks = [OnEvent(event, raises=one, about=about) for about in whats for one in errors]
            hooks += [OnEvent(event, environ={name: "3"}) for name in variables]
            reactions += [replace(call, worlds=(*call.worlds, hook)) for hook in hooks]
    found = _first(subject, reactions, compare)
    if not found.differences and not found.interrupted:
        found = _first(subject, chosen, lambda call: compare(call, repeated=True))
    return _troubled(subject, step, chosen[:_HEARD], found._replace(made=compare.made))


def elsewhere(subject: Subject, step: Step) -> Found:
    """Calls on a machine that looks different: other limits, CPUs and memory, and other numbers of processes."""
    try:
        _namespace.enter()
    except OSError as error:
        return Found(skipped=f"another machine's files and processes: {error}")

    def others(inner: Step) -> Found:
        compare = _Comparison(subject, inner)
        strategy = calls(subject.name, elsewhere=True)
        found = _searched(subject, strategy, compare, subject.examples // 2)
        found = found._replace(made=compare.made)
        if found.differences or found.interrupted or not has_elsewhere(subject.name):
            return found
        few: list[Call] = []
        _searched(subject, strategy, few.append, _FEW)
        return _troubled(subject, inner, few, found)

    result: Found = in_child(others, step)  # numbers of processes are other ones only for children
    return result


def disturbed(subject: Subject, step: Step) -> Found:
    """Calls during which something happens: errors of system calls, signals, files that change; and what they call."""
    if trouble := _supervision.can_supervise():
        return Found(skipped=f"what happens during a call: {trouble}")
    every = [*(row.call for row in named(subject.name) if not row.large), *extreme_calls(subject.name)[:_EXTREMES]]
    return _disturbed(subject, step, every, 0)


def _troubled(subject: Subject, step: Step, few: list[Call], found: Found) -> Found:
    """Disturbs a few calls more, and makes them without memory, as far as this can be done here.

    Args:
        subject: what the suite is run for.
        step: called at each step.
        few: the calls.
        found: what was found before.
    """
    for stage, trouble in ((_disturbed, _supervision.can_supervise()), (_starved, _shortage.can_be_made())):
        if not (found.differences or found.interrupted or trouble):
            found = stage(subject, step, few, found.made)
    return found


def _disturbed(subject: Subject, step: Step, every: list[Call], made: int) -> Found:
    for call in every:

        def every_event(child: Child, call: Call = call) -> tuple[int, list[str], Meanwhile]:
            disturbance = Disturbance(child, subject.control, subject.candidate, call)
            events = disturbance.events()
            for event in events:
                if differences := disturbance.differences(event):
                    return len(events), differences, disturbance.told(event)
            return len(events), [], Meanwhile()

        count, differences, event = _supervision.supervise(every_event)
        made += count
        step()
        if differences:
            return _shown(subject, _mismatch(subject, call, differences, event))._replace(made=made)
    return Found(made)


def starved(subject: Subject, step: Step) -> Found:
    """Calls that the native answers, in which an allocation fails, each in turn."""
    if trouble := _shortage.can_be_made():
        return Found(skipped=f"memory that runs out: {trouble}")
    begin(subject.name, subject.control)
    return _starved(subject, step, [*_chosen(subject, _SOME), *extreme_calls(subject.name)], 0)


def _starved(subject: Subject, step: Step, every: list[Call], made: int) -> Found:
    for call in _without_memory(every):
        if not _is_answered(subject, call):
            continue
        found = _shortage.shortage(subject.control, subject.candidate, call)
        made += found.made
        step()
        if found.lines:
            event = Meanwhile(allocation=found.allocation)
            return _shown(subject, _mismatch(subject, call, [*found.lines], event))._replace(made=made)
    return Found(made)


def _mismatch(subject: Subject, call: Call, differences: list[str], event: Meanwhile) -> MismatchError:
    return MismatchError(subject.name, call, differences, listen=_audit.is_listening(), meanwhile=event)


def _is_answered(subject: Subject, call: Call) -> bool:
    """Whether the native answers a call."""
    before = _native.counts(subject.name)[0]
    observe(subject.candidate, call)
    answers: int = _native.counts(subject.name)[0]
    return answers > before


def interrupted(subject: Subject, step: Step) -> Found:
    """Long calls: a signal ends them soon, and other threads run meanwhile."""

    def compare(call: Call) -> None:
        step()
        assert_same_outcome(subject.control, subject.candidate, call, meanwhile=Meanwhile(handler="raise"))

    return _first(subject, long_calls(subject.name), compare)


def _chosen(subject: Subject, few: int = _FEW) -> list[Call]:
    """The calls that have a label, and a few of each part of the strategy."""
    found = [row.call for row in named(subject.name) if not row.large]
    for part in (calls(subject.name, common_only=True), calls(subject.name)):
        _searched(subject, part, found.append, few)
    return found


def _with_room(every: list[Call]) -> list[Call]:
    """Those calls in which others may be nested as deep as ever."""
    return [call for call in every if not any(isinstance(world, CallsLeft) for world in call.worlds)]


def _without_memory(every: list[Call]) -> list[Call]:
    """Those calls that can be made without memory.

    Before CPython 3.11, ctypes allocates to call a Python function, as which a clock stands, and passes no error on.
    """
    some = _with_room(every)
    if sys.version_info >= (3, 11):
        return some
    return [call for call in some if not any(isinstance(world, Clock) for world in call.worlds)]


def _first(subject: Subject, every: Iterable[Call], compare: Callable[[Call], None]) -> Found:
    """The first mismatch among some calls."""
    try:
        with _quiet():
            for call in every:
                compare(call)
    except MismatchError as error:
        return _shown(subject, error)
    except KeyboardInterrupt:
        return Found(interrupted=True)
    return Found()


def _searched(subject: Subject, strategy: SearchStrategy[Call], check: Callable[[Call], None], examples: int) -> Found:
    """Makes generated calls; ends at a mismatch, once it has found the smallest, or with Ctrl-C."""
    phases = set(hypothesis.Phase) - (set() if subject.shrink else {hypothesis.Phase.shrink})
    mismatch: MismatchError | None = None

    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def every_call(call: Call) -> None:
        nonlocal mismatch
        try:
            check(call)
        except MismatchError as error:
            mismatch = error  # Hypothesis makes the smallest one last
            raise

    stopped = False
    try:
        with _quiet(), reporting.with_reporter(lambda _: None), suppress(MismatchError, hypothesis.errors.Flaky):
            (every_call if subject.seed is None else hypothesis.seed(subject.seed)(every_call))()
    except KeyboardInterrupt:
        stopped = True
    except Exception:
        if mismatch is None:
            raise  # else Hypothesis failed while it made the call smaller
    found = _shown(subject, mismatch) if mismatch else Found()
    return found._replace(interrupted=stopped)


@contextmanager
def _quiet() -> Iterator[None]:
    """Sends the output of SkyPilot's own handlers to /dev/null. They stay, since their levels decide about records."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, ExitStack() as stack:
        for handler in logging.getLogger("sky").handlers:
            if isinstance(handler, logging.StreamHandler):
                stack.callback(handler.setStream, handler.stream)
                handler.setStream(nowhere)
        yield


def _shown(subject: Subject, mismatch: MismatchError) -> Found:
    return Found(differences=tuple(mismatch.differences), script=script(subject.name, mismatch))


def script(name: str, mismatch: MismatchError) -> str:
    """Python code that makes the call of a mismatch again."""
    source = Source()
    call = source.of(mismatch.call)
    options = "".join(f", {option}={source.of(value)}" for option, value in mismatch.options.items() if value)
    return "\n".join(
        (
            "import sky_rust",
            *source.imports("assert_same_outcome", "candidate"),
            f"call = {call}",
            f"assert_same_outcome(sky_rust.control({name!r}), candidate({name!r}), call{options})",
        )
    )


def run(stage: Callable[[Subject, Step], Found], subject: Subject, step: Step) -> Found:
    """Runs a stage in a process of its own, without its output.

    Raises:
        ChildError: the process ended without a result.
        KeyboardInterrupt: Ctrl-C came, and nothing was found before.
    """

    def work(inner: Step) -> Found:
        with _traces.captured():
            return _in_thread(stage, subject, inner) if stage is generated else stage(subject, inner)

    found: Found = in_child(work, step)
    return found


def _in_thread(stage: Callable[[Subject, Step], Found], subject: Subject, step: Step) -> Found:
    """Runs a stage in a thread that is not the main one, whose affinity may be another than the process's."""
    ended = False

    def stop_or_step() -> None:
        if ended:
            raise KeyboardInterrupt
        step()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(stage, subject, stop_or_step)
        while True:
            try:
                return future.result()
            except KeyboardInterrupt:
                if future.done():
                    raise
                ended = True


#: The stages, each with words for what it looks at.
STAGES: tuple[tuple[str, Callable[[Subject, Step], Found]], ...] = (
    ("calls", generated),
    ("replaced names", patched),
    ("audit events", heard),
    ("other machines", elsewhere),
    ("events during a call", disturbed),
    ("memory that runs out", starved),
    ("long calls", interrupted),
)
