"""The code that `verify` prints to be pasted makes the same call again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sky_rust.testing import Call, calls
from sky_rust.testing._source import Source
from tests.functions import NAMES


def again(call: Call) -> Call:
    source = Source()
    code = source.of(call)
    namespace: dict[str, object] = {}
    exec("\n".join(source.imports("candidate")), namespace)
    made = eval(code, namespace)
    assert isinstance(made, Call)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_every_call_can_be_pasted(name: str) -> None:
    @given(calls(name))
    def for_every_call(call: Call) -> None:
        made = again(call)
        assert Source().of(made) == Source().of(call)
        assert [type(one) for one in made.args] == [type(one) for one in call.args]

    for_every_call()


def test_what_is_empty_is_left_out() -> None:
    assert Source().of(Call((b"",))) == "Call(args=(b'',))"
    assert Source().imports("candidate") == ["from sky_rust.testing import candidate"]


def test_what_is_in_a_call_twice_is_one_object_in_its_source() -> None:
    shared = {"region": ["us-east-1"]}
    source = Source()
    text = source.of(Call(({"one": shared, "two": [shared, shared["region"], (), ()]},)))
    assert text == (
        "Call(args=({'one': (shared1 := {'region': (shared := ['us-east-1'])}), 'two': [shared1, shared, (), ()]},))"
    )


def test_what_is_in_itself_is_so_in_its_source() -> None:
    mapping: dict[str, Any] = {"shared": ["us-east-1"]}
    mapping["up"] = [mapping, mapping["shared"]]
    text = Source().of(mapping)
    assert text == ("(shared := {}, shared.update({'shared': (shared1 := ['us-east-1']), 'up': [shared, shared1]}))[0]")
    made = eval(text)
    assert made["up"][0] is made
    assert made["up"][1] is made["shared"]
    sequence: list[Any] = [1]
    sequence.append(sequence)
    assert Source().of(sequence) == "(shared := [], shared.extend([1, shared]))[0]"
