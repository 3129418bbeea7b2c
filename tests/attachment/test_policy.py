"""The policy read from environment variables, in every spelling of their values."""

from __future__ import annotations

import pytest

from sky_rust import _policy
from sky_rust._registry import Function

FUNCTIONS = (Function("hash_file", "common_utils"), Function("Config.get_nested", "config_utils"))


def read(**variables: str) -> _policy.Policy:
    return _policy.read(variables, FUNCTIONS)


@pytest.mark.parametrize("value", ["", "1", "on", "true", "yes", "ON", " True ", "YES"])
def test_on(value: str) -> None:
    policy = read(SKY_RUST=value, SKY_RUST_HASH_FILE=value)
    assert policy == read()
    assert not policy.disabled
    assert not policy.warnings
    assert policy.settings["hash_file"].switch == "on"


@pytest.mark.parametrize("value", ["0", "off", "false", "no", "OFF", "False", " no "])
def test_off(value: str) -> None:
    assert read(SKY_RUST=value).disabled.startswith("switched off by SKY_RUST=")
    assert not read(SKY_RUST=value).warnings
    settings = read(SKY_RUST_HASH_FILE=value).settings
    assert settings["hash_file"].switch == "off"
    assert settings["hash_file"].reason.startswith("switched off by SKY_RUST_HASH_FILE=")
    assert settings["Config.get_nested"].switch == "on"


@pytest.mark.parametrize("value", ["2", "disable", "nein", "shadows", "-", "\N{SNOWMAN}"])
def test_a_value_that_nobody_can_read_is_a_kill_switch(value: str) -> None:
    for policy, variable in (
        (read(SKY_RUST=value), "SKY_RUST="),
        (read(SKY_RUST_HASH_FILE=value), "SKY_RUST_HASH_FILE="),
    ):
        assert len(policy.warnings) == 1
        assert policy.warnings[0].startswith(variable)
        assert "stays in Python" in policy.warnings[0]
    assert read(SKY_RUST=value).disabled
    assert read(SKY_RUST_HASH_FILE=value).settings["hash_file"].switch == "off"


def test_require() -> None:
    assert read(SKY_RUST="require").required
    assert read(SKY_RUST="Require").required
    assert not read(SKY_RUST="1").required
    assert read(SKY_RUST_HASH_FILE="require").settings["hash_file"].switch == "off"


def test_zero_beats_everything_else() -> None:
    policy = read(SKY_RUST="0", SKY_RUST_HASH_FILE="1")
    assert policy.disabled


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, ""),
        ({"SKY_RUST_HASH_FILE": "1"}, "SKY_RUST_HASH_FILE=1"),
        ({"SKY_RUST_HASH_FILE": "nein"}, "SKY_RUST_HASH_FILE=nein"),
        ({"SKY_RUST_CONFIG_GET_NESTED": "0"}, ""),
        ({"SKY_RUST": "shadow"}, "SKY_RUST=shadow"),
        ({"SKY_RUST": "shadow", "SKY_RUST_HASH_FILE": "1"}, "SKY_RUST_HASH_FILE=1"),
        ({"SKY_RUST": "0", "SKY_RUST_HASH_FILE": "1"}, "SKY_RUST=0"),
        ({"SKY_RUST": "nein", "SKY_RUST_HASH_FILE": "1"}, "SKY_RUST=nein"),
        ({"SKY_RUST": "require"}, ""),
        ({"SKY_RUST": "Require", "SKY_RUST_HASH_FILE": "0"}, "SKY_RUST_HASH_FILE=0"),
    ],
)
def test_the_variable_that_decides(variables: dict[str, str], said: str) -> None:
    assert _policy.said_of(variables, FUNCTIONS[0]) == said


def test_variables_that_nobody_reads() -> None:
    known = ("SKY_RUST", "SKY_RUST_CONTROL", "SKY_RUST_RUN", "SKY_RUST_HASH_FILE", "HOME", "SKYPILOT_DEBUG")
    assert _policy.unknown(dict.fromkeys(known, "0"), FUNCTIONS) == {}
    found = _policy.unknown({"SKY_RUST_HASHFILE": "0", "SKY_RUST_ZZZZZZ": "0"}, FUNCTIONS)
    assert found == {"SKY_RUST_HASHFILE": "SKY_RUST_HASH_FILE", "SKY_RUST_ZZZZZZ": ""}
