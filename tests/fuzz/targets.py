"""What is fuzzed, and what libFuzzer's bytes are: a text, or the choices of Hypothesis, which makes a call of them.

All natives are on trial here, and each is compared with its reference, since SkyPilot is not installed.
"""

from __future__ import annotations

import functools
import gc
import inspect
import itertools
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given, settings

import sky_rust
from sky_rust import _native
from sky_rust._registry import FUNCTIONS
from sky_rust.testing import Call, MismatchError, Outcome, _yaml, assert_same_outcome, calls, candidate
from sky_rust.testing._functions import begin, extreme_calls, named, thresholds
from sky_rust.testing._outcome import compared
from sky_rust.testing._source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: What libFuzzer does with some bytes.
    Execution = Callable[[bytes], object]

    #: Is told of each call whether the native answered it.
    Count = Callable[[bool], object]

#: The functions whose results depend on the machine, and on what else happens there. Each of the others is fuzzed.
_OF_THE_MACHINE = {
    "estimate_fd_for_directory",
    "find_free_port",
    "get_cpu_count",
    "get_max_workers_for_file_mounts",
    "get_mem_size_gb",
    "get_parallel_threads",
    "is_process_alive",
}
NAMES = [function.name for function in FUNCTIONS if function.name not in _OF_THE_MACHINE]

#: The functions that ask the clock where they get no `end`.
_UNTIL_NOW = {"human_duration", "readable_time_duration"}

#: After how many calls garbage is collected: to compare them hides it from Python's own collections.
_COLLECTED = 500


class PanicError(AssertionError):
    """A native has panicked. It declines then, so outcomes alone don't show it."""


class Texts(NamedTuple):
    """How a function is fuzzed that takes a text.

    arguments: makes the arguments of one or more calls of the bytes.
    seeds: the texts to begin with.
    words: what libFuzzer puts into texts.
    """

    arguments: Callable[[bytes], Iterable[tuple[Any, ...]]]
    seeds: Callable[[], Iterable[str]]
    words: Iterable[str]


def execution(name: str, count: Count) -> Execution:
    """What is done with some bytes: calls of a native and of its reference, which have to have the same outcome.

    Raises, when it is executed:
        MismatchError: the outcomes differ.
        PanicError: the native panicked.
    """
    return _of_texts(name, count) if name in TEXTS else _of_calls(name, count)


def _of_calls(name: str, count: Count) -> Execution:
    """Hypothesis makes a call of the bytes.

    It takes longer for that than both functions do. So a call that is declined is compared like the others, which
    shows what the native does before it declines.
    """
    native, control = candidate(name), sky_rust.control(name)
    strategy = calls(name)
    if name in _UNTIL_NOW:  # the clock goes on between the two calls
        signature = inspect.signature(control)
        strategy = strategy.filter(lambda call: _has_end(signature, call))

    made = itertools.count(1)

    @settings(database=None)
    @given(strategy)
    def for_every_call(call: Call) -> None:
        before = _native.counts(name)[0]
        assert_same_outcome(control, native, call)
        count(_native.counts(name)[0] > before)
        _look_for_panic(name, call)
        if next(made) % _COLLECTED == 0:
            gc.collect()

    found: Execution = for_every_call.hypothesis.fuzz_one_input
    return found


def _has_end(signature: inspect.Signature, call: Call) -> bool:
    """Whether a call says until when, or is called wrongly."""
    try:
        return signature.bind(*call.args, **call.kwargs).arguments.get("end") is not None
    except TypeError:
        return True


def _of_texts(name: str, count: Count) -> Execution:
    """The native is asked first: where it declines there is nothing to compare, and the reference needs not run."""
    begin(name, candidate(name))
    control, arguments_of = sky_rust.control(name), TEXTS[name].arguments

    def for_every_text(data: bytes) -> None:
        for arguments in arguments_of(data):
            answer = _native.ask(name, arguments)
            count(answer is not None)
            if answer is None:
                _look_for_panic(name, Call(arguments))
                continue
            found, expected = Outcome.of(*answer, arguments), _outcome(control, arguments)
            if found != expected:
                raise MismatchError(name, Call(arguments), compared(expected, found))

    return for_every_text


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Outcome:
    try:
        return Outcome.of(function(*arguments), None, arguments)
    except Exception as error:
        return Outcome.of(None, error, arguments)


def _look_for_panic(name: str, call: Call) -> None:
    _, obstacle = _native.obstacle(name) or ("", "")
    if "panicked" in obstacle:
        raise PanicError(f"{name}, for {Source().of(call)}: {obstacle}")


def _text(data: bytes) -> Iterable[tuple[Any, ...]]:
    """The bytes as UTF-8; a lone surrogate for each byte that is none."""
    return [(data.decode("utf-8", "surrogateescape"),)]


def _text_of_a_type(data: bytes) -> Iterable[tuple[Any, ...]]:
    """The same text, in which a payload of any type is looked for, and one of the type `a`."""
    return [(*arguments, kind, raises) for arguments in _text(data) for kind in (None, "a") for raises in (True, False)]


def _file(data: bytes) -> Iterable[tuple[Any, ...]]:
    """The path of a file with these bytes."""
    file = _one_file()
    file.seek(0)
    file.write(data)
    file.truncate()
    return [(file.name,)]


@functools.cache
def _one_file() -> Any:
    """The file that is written anew for each call: to make a file, or to empty one, takes longer than to read it."""
    return tempfile.NamedTemporaryFile(buffering=0)


def _texts_of(name: str) -> Iterable[str]:
    """The texts of a function's calls that have a label or are extreme."""
    return [call.args[0] for call in [*(row.call for row in named(name)), *extreme_calls(name)]]


def _texts_of_yaml() -> Iterable[str]:
    """The same of `safe_load`, and texts at its limits: for the length of a key, and for the depth of collections."""
    limits = thresholds("safe_load")
    return [
        *_texts_of("safe_load"),
        *(f"{'k' * limit}: v\n" for limit in limits),
        *(_yaml.deep(limit, "[]") for limit in limits),
    ]


_OF_YAML = Texts(_text, _texts_of_yaml, [*_yaml.FRAGMENTS, *_yaml.PLAIN.split(), *_yaml.ODD_PLAIN.split()])

#: The functions that take a text, or a file of one.
TEXTS = {
    **dict.fromkeys(("check_no_duplicate_keys", "read_yaml_all_str", "read_yaml_str", "safe_load"), _OF_YAML),
    "decode_payload": Texts(
        _text_of_a_type, lambda: _texts_of("decode_payload"), ["<sky-payload", "a>", "</sky-payload>"]
    ),
    "read_yaml": _OF_YAML._replace(arguments=_file),
}
