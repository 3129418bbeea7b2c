"""The spec of `sky.utils.validator`, as of SkyPilot 0.14.1: the validator that `validate_schema` uses."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from sky_rust import _requirements

if TYPE_CHECKING:
    from collections.abc import Iterator

jsonschema = _requirements.library("jsonschema", "jsonschema", __name__)


def case_insensitive_enum(_validator: Any, texts: list[str], value: Any, _schema: Any) -> Iterator[Exception]:
    """The keyword that asks for one of these texts, in upper or lower case.

    Raises:
        AttributeError: the value, or one that it may have, is no text.
    """
    if value.lower() not in [text.lower() for text in texts]:
        yield jsonschema.ValidationError(f"{value!r} is not one of {texts!r}")


def case_sensitive_enum(_validator: Any, texts: list[str], value: Any, _schema: Any) -> Iterator[Exception]:
    """The keyword that asks for one of these values, compared by `==`."""
    if value not in texts:
        yield jsonschema.ValidationError(f"{value!r} is not one of {texts!r}")


@functools.lru_cache(maxsize=1)
def get_schema_validator() -> Any:
    """The validator: JSON Schema, draft 7, with the two keywords above. It checks no formats.

    Mirrors `sky.utils.validator.get_schema_validator` of SkyPilot 0.14.1, which makes the class once.
    """
    return jsonschema.validators.extend(
        jsonschema.Draft7Validator,
        validators={"case_insensitive_enum": case_insensitive_enum, "case_sensitive_enum": case_sensitive_enum},
    )
