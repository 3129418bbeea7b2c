"""Wrong natives of `validate_schema`, and patches of what it looks up."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from sky_rust.testing import Call
from sky_rust.testing._schemas import OtherKeyword, validators
from tests.functions._faults import Fault, forgotten, leaking
from tests.functions._patching import Patches, attribute, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FOLDER = "rust/src/natives/common_utils/validate_schema"
_NATIVE = f"{_FOLDER}/mod.rs"
_KEYWORDS = f"{_FOLDER}/keywords.rs"
_PATTERN = f"{_FOLDER}/pattern.rs"
_VALUE = f"{_FOLDER}/value.rs"
_CHECK = "rust/src/guards/jsonschema.rs"

FAULTS = (
    # The keywords.
    Fault(
        "value",
        "self.count_valid(argument, object, depth)? == 1",
        "self.count_valid(argument, object, depth)? >= 1",
        _KEYWORDS,
    ),
    Fault(
        "value",
        "!self.tries(argument, object, depth)?",
        "{ let _ = self.tries(argument, object, depth)?; true }",
        _KEYWORDS,
    ),
    Fault("edge", "order.is_gt()", "order.is_ge()", _KEYWORDS),
    Fault("edge", "list.len() as i64 <= limit(argument)?", "list.len() as i64 <= limit(argument)? + 1", _KEYWORDS),
    Fault(
        "type", "depth > 1", "depth > 100", _KEYWORDS, "Another draft begins, in which SkyPilot's keywords are none."
    ),
    Fault("value", "(additional, is_additional)", "(additional, is_additional && patterns.is_none())", _KEYWORDS),
    Fault(
        "type",
        "written.iter().try_for_each(|object| self.has_plain_repr(object, depth))?",
        "()",
        _KEYWORDS,
        "A value that can't be written into the message of an alternative that fails.",
    ),
    # Values.
    Fault(
        "type", "number.is_finite() && number.fract() == 0.0", "number.trunc() == number", _VALUE, "inf is no integer."
    ),
    Fault(
        "rounding",
        "int.cmp(&(whole as i64)).then(whole.total_cmp(&float))",
        "(int as f64).partial_cmp(&float)?",
        _VALUE,
        "2**53 + 1 and 2.0**53.",
    ),
    Fault("value", "one == other", "true", _VALUE),
    Fault(
        "type",
        "Builtin::of(object)",
        "Builtin::of(object).map(|it| if matches!(it, Builtin::Tuple(_)) { Builtin::None } else { it })",
        _VALUE,
    ),
    # Patterns.
    Fault(
        "edge",
        r'text[at..].is_empty() || text[at..] == *b"\n"',
        r'text[at..].is_empty() || text[at] == b"\n"[0]',
        _PATTERN,
    ),
    Fault("value", "if is_negated { !set } else { set }", "set", _PATTERN),
    Fault("edge", "!text.is_empty() && text.len() <= LONGEST", "text.len() <= LONGEST", _PATTERN, "An empty pattern."),
    Fault(
        "encoding",
        "Text::exact(object.as_borrowed()).and_then(Text::ascii).or_decline()",
        'Ok(Text::exact(object.as_borrowed()).or_decline()?.ascii().unwrap_or(b"k"))',
        _KEYWORDS,
        "A text that is not ASCII: U+212A in lower case is `k`.",
    ),
    Fault("value", "set | upper << 32 | lower >> 32", "Set::MAX", _PATTERN, "`b` where `(?i:k)` is asked for."),
    Fault("cache", "own.text == text", "own.text.len() == text.len()", _PATTERN, "Two patterns of the same length."),
    # The world, and what is looked up.
    Fault(
        "world",
        "4 * depth + 150",
        "depth",
        _NATIVE,
        "The caller is so deep that the original reaches the recursion limit.",
    ),
    Fault(
        "guard",
        'self.keywords(&keywords.ok_or_else(|| changed("has no keywords"))?, home)?',
        "()",
        _CHECK,
        "A keyword's function is replaced in the validator's class.",
    ),
    forgotten("isinstance", "A global of the module hides isinstance."),
    Fault(
        "memory",
        "seen.try_reserve(held.len()).or_memory_error(py)?",
        "{ seen.reserve(held.len()); std::mem::forget(std::hint::black_box(vec![7_u8; 100])); }",
        _KEYWORDS,
        "Each list with `uniqueItems` leaves some bytes.",
    ),
    Fault(
        "reference", "given.clone()", leaking("given.clone()"), _NATIVE, "Each call leaves a reference to the object."
    ),
)

CALL = Call(({"a": {"b": ["x"]}}, {"properties": {"a": {"properties": {"b": {"items": {"type": "string"}}}}}}))


def _keyword(name: str) -> Callable[[], Any]:
    return lambda: OtherKeyword(name).entered()


def _on_class(name: str, value: Any) -> Callable[[], Any]:
    """An attribute of the validators' classes is another."""

    @contextlib.contextmanager
    def entered() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for validator in validators():
                stack.enter_context(attribute(validator, name, value))
            yield

    return entered


def _fail(*_: Any, **__: Any) -> Any:
    raise ValueError("replaced")


@contextlib.contextmanager
def _another_function() -> Iterator[None]:
    """The cached function is another one."""
    from sky.utils import validator

    with attribute(validator, "get_schema_validator", functools.lru_cache(maxsize=1)(lambda: _fail)):
        yield


@contextlib.contextmanager
def _recoded() -> Iterator[None]:
    """A keyword's function has the code of another one from the same file."""
    from jsonschema import _keywords

    kept = _keywords.properties.__code__
    _keywords.properties.__code__ = _keywords.const.__code__
    try:
        yield
    finally:
        _keywords.properties.__code__ = kept


PATCHES: Patches = (
    ("a keyword", _keyword("properties")),
    ("one more keyword", _keyword("new")),
    ("the code of a keyword", lambda: _recoded()),
    ("validate", _on_class("validate", _fail)),
    ("iter_errors", _on_class("iter_errors", _fail)),
    ("a static method", _on_class("descend", staticmethod(_fail))),
    ("TYPE_CHECKER", _on_class("TYPE_CHECKER", None)),
    ("validator_for", replaced("jsonschema.validators.validator_for", _fail)),
    ("is_type", replaced("jsonschema._types.TypeChecker.is_type", _fail)),
    ("isinstance in jsonschema", replaced("jsonschema._types.isinstance", _fail, create=True)),
    ("a resource's id", replaced("referencing._core.Resource.id", _fail)),
    ("the module", replaced("sky.utils.common_utils.validator")),
    ("the cached function", lambda: _another_function()),
)
