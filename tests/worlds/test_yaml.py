"""Dumping YAML: the caller's depth, registrations of other types, signals, references, and real files."""

from __future__ import annotations

import collections
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import sky_rust
from tests.functions import candidate
from tests.worlds.test_signals import EnoughError, every

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")

NAME = "dump_yaml_str"


def nested(depth: int, kind: str) -> Any:
    """A value in so many collections."""
    value: Any = "it's"
    for _ in range(depth):
        value = {"key": value} if kind == "mapping" else [value] if kind == "list" else (value,)
    return {"root": value}


def below(frames: int, call: Callable[[], Any]) -> Any:
    """Makes a call with so many frames above it."""
    return call() if frames == 0 else below(frames - 1, call)


def outcome(function: Callable[[Any], str], config: Any, frames: int) -> str:
    try:
        return str(below(frames, lambda: function(config)))
    except RecursionError as error:
        return f"RecursionError: {error}"


@pytest.mark.parametrize("kind", ["mapping", "list", "tuple"])
@pytest.mark.parametrize("depth", [0, 1, 30, 98, 99, 150])
def test_the_recursion_limit_is_where_it_was(depth: int, kind: str) -> None:
    config, function, control = nested(depth, kind), candidate(NAME), sky_rust.control(NAME)
    answers = sky_rust.stats()[NAME].answers
    expected = []
    for frames in range(0, 900, 7 if depth < 50 else 31):
        expected.append(outcome(control, config, frames))
        assert outcome(function, config, frames) == expected[-1], frames
    # The original reaches the limit in some, and in others the native answers.
    errors = sum(one.startswith("RecursionError") for one in expected)
    answered = sky_rust.stats()[NAME].answers - answers
    assert errors > 0 or depth < 50
    assert answered <= len(expected) - errors
    assert answered > 0 or depth > 98


def test_a_low_limit() -> None:
    config, function, control = nested(40, "list"), candidate(NAME), sky_rust.control(NAME)
    before = sys.getrecursionlimit()
    depth = 0
    frame = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    try:
        for limit in range(depth + 20, depth + 260):
            sys.setrecursionlimit(limit)
            assert outcome(control, config, 0) == outcome(function, config, 0), limit
    finally:
        sys.setrecursionlimit(before)


def test_a_collection_inside_itself() -> None:
    inner: list[Any] = []
    inner.append(inner)
    mapping: dict[str, Any] = {}
    mapping["self"] = [mapping]
    for config in (inner, mapping, {"a": inner}, [mapping, inner]):
        assert candidate(NAME)(config) == sky_rust.control(NAME)(config)


class Odd:
    """A type that PyYAML doesn't know."""


def test_representers_of_other_types_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"name": "train", "numbers": [1, 2.5]}
    monkeypatch.setattr(yaml.SafeDumper, "yaml_representers", dict(yaml.SafeDumper.yaml_representers), raising=False)
    for kind in (Odd, collections.OrderedDict, type("Enum", (str,), {})):
        yaml.SafeDumper.add_representer(kind, lambda dumper, data: dumper.represent_str("odd"))
    before = sky_rust.stats()[NAME].answers
    assert candidate(NAME)(config) == sky_rust.control(NAME)(config)
    assert sky_rust.stats()[NAME].answers == before + 1
    assert candidate(NAME)({"odd": Odd()}) == "odd: odd\n"


def test_an_exception_of_a_handler_ends_it() -> None:
    config = {f"key {at}": ["a value", at, None] for at in range(300_000)}

    def handler(*_: object) -> None:
        raise EnoughError

    with pytest.raises(EnoughError), every(0.02, handler, once=True):
        _ = [candidate(NAME)(config) for _ in range(20)]
    assert signal.getsignal(signal.SIGALRM) is not handler


def test_a_handler_changes_what_is_dumped() -> None:
    config: dict[str, Any] = {f"key {at}": [{"at": "x" * 40}] for at in range(50_000)}
    expected = sky_rust.control(NAME)({"key 0": config["key 0"]})

    def handler(*_: object) -> None:
        for value in config.values():
            value.clear()
        config.clear()

    with every(0.004, handler, once=True):
        while config:
            text = candidate(NAME)(config)
    assert text == "{}\n" or text.startswith(expected)
    assert candidate(NAME)(config) == "{}\n"


def test_nothing_is_leaked() -> None:
    text, shared, number = "".join(["te", "xt"]), ["it", "em"], 10.0**20
    config = {"text": text, text: [shared, shared, number, text], "odd": "\N{SNOWMAN}" * 3}
    declined = {**config, "last": Odd()}
    objects = [text, shared, number, config, declined, config["text"]]
    function = candidate(NAME)
    before = [sys.getrefcount(one) for one in objects]
    for _ in range(1000):
        function(config)
        with pytest.raises(yaml.representer.RepresenterError):
            function(declined)
    assert [sys.getrefcount(one) for one in objects] == before


def real_files() -> list[Path]:
    """The YAML files that SkyPilot's wheel has, and its templates where they are YAML without being filled in."""
    import sky

    files = [file for kind in ("*.yaml", "*.yml", "*.j2") for file in Path(sky.__file__).parent.rglob(kind)]
    return sorted(files)


def test_real_files() -> None:
    function, control = candidate(NAME), sky_rust.control(NAME)
    before, calls = sky_rust.stats()[NAME], 0
    for file in real_files():
        try:
            documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
        except yaml.YAMLError:
            continue  # a template
        for config in (documents, *documents):
            assert function(config) == control(config), file
            calls += 1
    after = sky_rust.stats()[NAME]
    assert calls > 10
    assert after.answers - before.answers >= 0.99 * calls
