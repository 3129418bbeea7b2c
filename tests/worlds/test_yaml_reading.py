"""Reading YAML: what plain texts mean, texts that PyYAML's scanners read in different ways, real files, long texts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import sky
import yaml

import sky_rust
from sky_rust.testing import Call, _yaml, assert_same_outcome
from tests.functions import candidate
from tests.worlds.test_signals import EnoughError, every

pytestmark = pytest.mark.usefixtures("attached")

LOADERS = ("safe_load", "read_yaml_str", "read_yaml_all_str")
READERS = ("check_no_duplicate_keys", *LOADERS)

#: Texts, and what YAML 1.1 says that they are, as PyYAML has it: its implicit resolvers and its constructors.
VALUES: list[tuple[str, Any]] = [
    ("a: 010\n", {"a": 8}),
    ("a: -010\n", {"a": -8}),
    ("a: 08\n", {"a": "08"}),
    ("a: 0o17\n", {"a": "0o17"}),
    ("a: 0x1F\n", {"a": 31}),
    ("a: 0b101\n", {"a": 5}),
    ("a: yes\n", {"a": True}),
    ("a: OFF\n", {"a": False}),
    ("a: y\n", {"a": "y"}),
    ("a: 'yes'\n", {"a": "yes"}),
    ("a: |-\n  1\n", {"a": "1"}),
    ("a: 1e3\n", {"a": "1e3"}),
    ("a: 1.0e+3\n", {"a": 1000.0}),
    ("a: .5\n", {"a": 0.5}),
    ("a: -.5\n", {"a": "-.5"}),
    ("a: ~\n", {"a": None}),
    ("a:\n", {"a": None}),
    ("a: ''\n", {"a": ""}),
    ("1: a\n1.0: b\ntrue: c\n", {1: "c"}),
    ("a: b c\n  d\n\n  e\n", {"a": "b c d\ne"}),
    ("a: 'b\n  c''d'\n", {"a": "b c'd"}),
    ('a: "b\\\n  c\\x41\\u20ac"\n', {"a": "bcA\u20ac"}),
    ("a: |\n  b\n   c\n\n", {"a": "b\n c\n"}),
    ("a: |+\n  b\n\n", {"a": "b\n\n"}),
    ("a: >\n  b\n  c\n\n  d\n   e\n  f\n", {"a": "b c\nd\n e\nf\n"}),
    ("a:\n- b\n-\n  - c\n- d: e\n  f: g\n", {"a": ["b", ["c"], {"d": "e", "f": "g"}]}),
    ("{a: [1, {b: c}], 'd': }\n", {"a": [1, {"b": "c"}], "d": None}),
    ('{"a":1}\n', {"a": 1}),
    ("# c\n---\na: b # c\n", {"a": "b"}),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=lambda it: repr(it)[:40])
def test_what_a_text_means(text: str, value: Any) -> None:
    before = sky_rust.stats()["safe_load"].answers
    found = candidate("safe_load")(text)
    assert repr(found) == repr(value)
    assert sky_rust.stats()["safe_load"].answers == before + 1
    assert candidate("read_yaml_str")(text) == value
    assert candidate("read_yaml_all_str")(text) == [value]


@pytest.mark.parametrize("name", READERS)
def test_texts_that_are_odd(name: str) -> None:
    for text in _yaml.TEXTS:
        assert_same_outcome(sky_rust.control(name), candidate(name), Call((text,)))
    assert "panicked" not in sky_rust.status()[name].reason


@pytest.mark.parametrize(
    "text",
    [
        "{k: 1, !x,y k: 2}",  # a duplicate to the scanner in Python, and none to libyaml
        "a: 1\n'a': 2\n",
        'a: 1\nb: {c: 1, "\\x63": 2}\n',
        "- 1: a\n  '1': b\n",
        "a:\n  - b: {x: 1}\n    c: 2\n    b: 3\n",
        "a: 1\n---\na: 1\nb: 1\nb: 2\n",
    ],
)
def test_duplicates_are_found(text: str) -> None:
    with pytest.raises(ValueError, match="Duplicate key") as expected:
        sky_rust.control("check_no_duplicate_keys")(text)
    with pytest.raises(ValueError, match="Duplicate key") as found:
        candidate("check_no_duplicate_keys")(text)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize(
    "text", ["true: 1\nyes: 2\n", "a: {b: 1}\nb: {b: 1}\n", "- a: 1\n- a: 1\n", "a: 1\n---\na: 1\n"]
)
def test_keys_that_are_no_duplicates(text: str) -> None:
    before = sky_rust.stats()["check_no_duplicate_keys"].answers
    candidate("check_no_duplicate_keys")(text)
    assert sky_rust.stats()["check_no_duplicate_keys"].answers == before + 1


def test_the_files_of_skypilot_are_answered() -> None:
    """Those in its wheel that are YAML before a template is filled in, and the values that they load to."""
    answers = {name: sky_rust.stats()[name].answers for name in (*READERS, "dump_yaml_str")}
    files = 0
    for path in sorted(Path(sky.__file__).parent.rglob("*.y*ml*")):
        text = path.read_text(encoding="utf-8")
        try:
            documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        except yaml.YAMLError:
            continue
        files += 1
        assert candidate("read_yaml_all_str")(text) == documents
        if len(documents) == 1:
            assert candidate("safe_load")(text) == candidate("read_yaml_str")(text) == documents[0]
            assert candidate("read_yaml")(str(path)) == documents[0]
        candidate("check_no_duplicate_keys")(text)
        dumped = candidate("dump_yaml_str")(documents)
        assert candidate("read_yaml_all_str")(dumped) == documents
    assert files >= 7
    assert sky_rust.stats()["check_no_duplicate_keys"].answers == answers["check_no_duplicate_keys"] + files
    assert sky_rust.stats()["read_yaml_all_str"].answers == answers["read_yaml_all_str"] + 2 * files
    assert sky_rust.stats()["dump_yaml_str"].answers == answers["dump_yaml_str"] + files


@pytest.mark.parametrize("name", READERS)
def test_a_signal_ends_a_long_text(name: str) -> None:
    text = "- a\n" * 5_000_000
    calls = 0

    def enough(*_: object) -> None:
        nonlocal calls
        calls += 1
        raise EnoughError

    with every(0.01, enough, once=True), pytest.raises(EnoughError):
        candidate(name)(text)
    assert calls == 1


def test_what_is_not_answered_is_the_originals() -> None:
    function = candidate("safe_load")
    assert math.isnan(function("a: .nan\n")["a"])
    one = function("a: &x [1]\nb: *x\n")
    assert one["a"] is one["b"]
    assert function("a: {<<: {b: 1}, c: 2}\n") == {"a": {"b": 1, "c": 2}}
    with pytest.raises(yaml.YAMLError):
        function("a: [\n")
