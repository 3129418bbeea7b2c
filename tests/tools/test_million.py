"""The random calls of `tools/million`: natives answer them, and each generator shows what a wrong native does."""

from __future__ import annotations

import copy
import decimal
import itertools
import math
import types
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tools import million
from tools.million.__main__ import command

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the schemas is enough, and the largest takes seconds."""
    schemas = million.common_utils._schemas
    task = {"task": schemas.schemas()["task"]}
    monkeypatch.setattr(schemas, "schemas", lambda: task)


@pytest.mark.parametrize("name", million.CASES)
def test_the_native_answers_many_as_the_original_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert million.main(name, 100, 0) == 0
    said = capsys.readouterr().out
    assert ", 100 answered, " in said
    assert int(said.split("seed 0: ")[1].split(" calls")[0]) < 300


def _unshared(value: Any) -> Any:
    """A copy in which every place has a collection of its own."""
    if isinstance(value, dict):
        return type(value)((key, _unshared(item)) for key, item in value.items())
    return type(value)(map(_unshared, value)) if isinstance(value, (list, tuple)) else value


def _with_ints(value: Any) -> Any:
    """A copy that has 1 and 0 instead of True and False, and is equal."""
    if isinstance(value, dict):
        return {key: _with_ints(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_ints(item) for item in value]
    return int(value) if value is True or value is False else value


def _in_another_order(value: Any) -> Any:
    """An equal copy, whose entries are in the opposite order."""
    if isinstance(value, list):
        return [_in_another_order(item) for item in value]
    return dict(reversed(list(value.items()))) if isinstance(value, dict) else value


def _rounding_up(right: Any, num: Any, precision: Any = 1) -> Any:
    if not (type(num) is float and math.isfinite(num) and not num.is_integer() and precision in range(20)):
        return right(num, precision)
    with decimal.localcontext() as context:
        context.prec = 400
        return str(decimal.Decimal(num).quantize(decimal.Decimal(1).scaleb(-precision), decimal.ROUND_HALF_UP))


def _kept_at_the_end(right: Any, s: Any, max_length: Any = 35, truncate_middle: Any = False) -> Any:
    found = right(s, max_length, truncate_middle)
    if found is s or truncate_middle is not True or max_length <= 3:
        return found
    kept = max_length - 3
    return s[: kept // 2] + "..." + s[len(s) - kept + kept // 2 :]


def _uncopied(right: Any, self: Any, keys: Any, default_value: Any, *overrides: Any) -> Any:
    right(self, keys, default_value, *overrides)
    for key in keys:
        if not isinstance(self, dict) or key not in self:
            return default_value
        self = self[key]
    return self


def _copied_default(right: Any, self: Any, keys: Any, default_value: Any, *overrides: Any) -> Any:
    found = right(self, keys, default_value, *overrides)
    return copy.deepcopy(found) if found is default_value else found


def _whole_seconds(right: Any, start: Any, end: Any = None, absolute: Any = False) -> Any:
    if type(start) is not float or type(end) is not float or not math.isfinite(start) or not math.isfinite(end):
        return right(start, end, absolute)
    return right(float(round(start)), float(round(end)), absolute)


def _with_unset(right: Any, config: Any) -> Any:
    found = right(config)
    if "db" in found and config["db"] is None:
        found["db"] = "<redacted>"
    return found


def _emptied(right: Any, config: Any) -> Any:
    found = right(config)
    if config.__class__ is dict:
        config.clear()
    return found


#: Wrong natives of each function, which get the original first, and then the arguments.
WRONG: list[tuple[str, Callable[..., Any]]] = [
    ("base36_encode", lambda right, hex_str: right(hex_str[-64:])),
    ("base36_encode", lambda right, hex_str: right(hex_str).rjust(2, "0")),
    ("format_float", _rounding_up),
    ("format_float", lambda right, num, precision=1: right(num, precision).replace("-0", "0")),
    ("truncate_long_string", _kept_at_the_end),
    ("truncate_long_string", lambda right, s, *more: "".join(list(right(s, *more)))),
    ("validate_schema", lambda right, *arguments: None),
    ("Config.get_nested", _uncopied),
    ("Config.get_nested", lambda right, *arguments: _unshared(right(*arguments))),
    ("Config.get_nested", _copied_default),
    ("Config.get_nested", lambda right, self, *more: right(self, *more) if self else more[1]),
    ("redact_sensitive_values", _with_unset),
    ("redact_sensitive_values", lambda right, config: _unshared(right(config))),
    ("redact_sensitive_values", lambda right, config: right(config) and dict(config)),
    ("human_duration", lambda right, *arguments: "2m" if right(*arguments) == "119s" else right(*arguments)),
    ("human_duration", lambda right, *arguments: "48h" if right(*arguments) == "2d" else right(*arguments)),
    ("readable_time_duration", _whole_seconds),
    ("readable_time_duration", lambda right, *arguments: right(*arguments).replace("4w 2d", "1mo")),
    ("decode_payload", lambda right, text, kind=None, raises=True: right(text, None, raises)),
    ("decode_payload", lambda right, *arguments: _with_ints(right(*arguments))),
    ("decode_payload", lambda right, text, *more: right(text.replace("\n", ""), *more)),
    ("check_no_duplicate_keys", lambda right, text: None),
    ("dump_yaml_str", lambda right, config: right(_unshared(config))),
    ("dump_yaml_str", lambda right, config: right(config).replace("1.0e+16", "1e+16")),
    *((name, lambda right, *arguments: _with_ints(right(*arguments))) for name in million.yaml_utils.LOADERS),
    *((name, lambda right, *arguments: _in_another_order(right(*arguments))) for name in million.yaml_utils.LOADERS),
]


def test_each_generator_has_a_wrong_native() -> None:
    assert {name for name, _ in WRONG} == set(million.CASES)


def _as_native(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any]) -> None:
    """Makes a function the native of all, which answers each call."""
    answers = itertools.count()
    monkeypatch.setattr(million, "candidate", lambda name: function)
    monkeypatch.setattr(million._native, "counts", lambda name: (next(answers), 0))


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_native_is_seen(
    name: str, wrong: Callable[..., Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = million.sky_rust.control(name)
    monkeypatch.setattr(million, "_ENOUGH", 1)

    def called(*args: Any, **kwargs: Any) -> Any:
        return wrong(right, *args, *kwargs.values())

    _as_native(monkeypatch, called)
    assert million.main(name, 3_000, 0) == 1
    assert f"differs: {name} for Call(" in capsys.readouterr().out


def test_changed_arguments_are_seen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    right = million.sky_rust.control("redact_sensitive_values")
    monkeypatch.setattr(million, "_ENOUGH", 1)
    monkeypatch.setattr(million, "_WATCHED", 1)
    _as_native(monkeypatch, lambda config: _emptied(right, config))
    assert million.main("redact_sensitive_values", 100, 0) == 1
    assert "  the arguments are changed\n" in capsys.readouterr().out


@pytest.mark.parametrize("ends", [True, False])
def test_a_second_that_ends_meanwhile_is_no_difference(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read at the beginning, after the native's answer and after the original's."""
    words, seconds = itertools.chain(["1s"], itertools.repeat("2s")), itertools.chain([1, 1, 2], itertools.repeat(2))
    clock = types.SimpleNamespace(time=lambda: next(seconds) if ends else 1, process_time=lambda: 0)
    monkeypatch.setattr(million, "time", clock)
    monkeypatch.setitem(million.CASES, "human_duration", lambda rng: itertools.repeat((1,)))
    monkeypatch.setattr(million.sky_rust, "control", lambda name: lambda start: "2s")
    _as_native(monkeypatch, lambda *args, **kwargs: next(words))
    assert million.main("human_duration", 1, 0) == (0 if ends else 1)


def test_a_panic_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    panics = itertools.count()
    monkeypatch.setattr(million._native, "reasons", lambda name: {"the native panicked": next(panics)})
    assert million.main("format_float", 1, 0) == 1
    assert "format_float: the native panicked in 1 calls" in capsys.readouterr().out


def test_too_few_answers_fail(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(million._native, "counts", lambda name: (0, 0))
    assert million.main("format_float", 2, 0) == 1
    assert "20 calls, 0 answered, 20 declined, 0 differ" in capsys.readouterr().out


def test_the_command_says_what_is_wrong_with_its_arguments() -> None:
    for arguments, said in [(["hash_file"], "'hash_file' is not one of 'base36_encode'"), (["safe_load", "x"], "'x'")]:
        found = CliRunner().invoke(command, arguments)
        assert found.exit_code == 2
        assert said in found.output


def test_the_command_makes_calls() -> None:
    found = CliRunner().invoke(command, ["human_duration", "30", "7"])
    assert found.exit_code == 0
    assert found.output.startswith("human_duration, seed 7: 3")


def test_the_paths_of_secrets_are_put_back() -> None:
    paths = million.config_utils.sensitive_paths()
    before = list(paths)
    assert million.main("redact_sensitive_values", 50, 0) == 0
    assert paths == before
