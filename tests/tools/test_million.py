"""The random calls of `tools/million.py`: they reach the native, and a difference is printed."""

from __future__ import annotations

import itertools

import pytest

from tools import million

pytestmark = pytest.mark.usefixtures("attached")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the schemas is enough, and the largest takes seconds."""
    schemas = {"task": million._schemas.schemas()["task"]}
    monkeypatch.setattr(million._schemas, "schemas", lambda: schemas)


@pytest.mark.parametrize("name", million.CASES)
def test_the_native_answers_many_as_the_original_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert million.main(name, 300, 0) == 0
    assert f"{name}: 300 calls, " in (said := capsys.readouterr().out)
    assert int(said.split(" calls, ")[1].split(" answered")[0]) > 50


def test_a_wrong_answer_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = itertools.count()
    monkeypatch.setattr(million, "candidate", lambda name: lambda *arguments: None)
    monkeypatch.setattr(million._native, "counts", lambda name: (next(answers), 0))
    assert million.main("validate_schema", 300, 0) == 1
    assert "differs: validate_schema(" in capsys.readouterr().out


def test_a_function_without_random_calls_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert million.main("hash_file", 1, 0) == 2
    assert "no random calls of 'hash_file', only of validate_schema, " in capsys.readouterr().err
