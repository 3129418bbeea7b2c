"""`validate_schema` by every schema of SkyPilot's: with values on both sides of each keyword."""

from __future__ import annotations

from typing import Any

import pytest

import sky_rust
from sky_rust.testing import _schemas
from sky_rust.testing._boundaries import boundaries, one_sided, places, without_sharing
from tests.functions import candidate

pytestmark = pytest.mark.usefixtures("attached")


def outcome(function: Any, value: Any, schema: Any) -> tuple[str, str]:
    """The exception of a call, as text, with its message."""
    try:
        return "", repr(function(value, schema, "Invalid: ", skip_none=False))
    except Exception as error:
        return type(error).__qualname__, str(error)


def is_of_another_draft(path: tuple[Any, ...], schema: Any) -> bool:
    """Whether a `$schema` is on the way to a part of a schema: there, SkyPilot's own keywords aren't looked at."""
    for key in path:
        schema = schema[key]
        if isinstance(schema, dict) and isinstance(schema.get("$schema"), str):
            return True
    return False


@pytest.mark.parametrize("name", sorted(_schemas.schemas()))
def test_both_sides_of_each_keyword(name: str) -> None:
    schema = without_sharing(_schemas.schemas()[name])
    found = boundaries(schema)
    met = {(one.place.path, one.place.keyword, one.holds) for one in found}
    assert [
        (place, holds)
        for place in places(schema)
        for holds in (True, False)
        if (place.path, place.keyword, holds) not in met
        and not one_sided(place, holds)
        and not (place.keyword.startswith("case_") and is_of_another_draft(place.path, schema))
    ] == []
    native, control = candidate("validate_schema"), sky_rust.control("validate_schema")
    before = sky_rust.stats()["validate_schema"].answers
    for one in found:
        if isinstance(one.value, dict):
            assert outcome(native, one.value, schema) == outcome(control, one.value, schema), one
    assert sky_rust.stats()["validate_schema"].answers > before
