"""Wrong natives of `format_float`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("size", "value.abs() < EXACT", "value.abs() < 1e30"),
    Fault("edge", "value == 0.0 && value.is_sign_negative()", "false"),
    Fault("edge", "value < 0.0", "value < -0.1"),
    Fault("size", "i32::try_from(precision).or_decline()?", "i32::try_from(precision.min(17)).or_decline()?"),
    Fault("size", "*shift < TOO_FAR", "*shift <= TOO_FAR"),
    Fault(
        "size",
        "value.abs() < EXACT",
        "value.abs() <= i64::MAX as f64",
        shows="2.0**63 is one less: the cast to i64 saturates.",
    ),
    Fault(
        "size",
        "u64::try_from(down + u128::from(is_up)).ok()",
        "Some((down + u128::from(is_up)) as u64)",
        shows="The digits make more than 64 bits: format_float(1e10 + 0.5, 12).",
    ),
    Fault("rounding", "rest == half && down & 1 == 1", "rest == half"),
    Fault("rounding", "rest == half && down & 1 == 1", "rest == half && (down | 1) == 1"),
    Fault("rounding", "rest == half && down & 1 == 1", "rest == half && (down ^ 1) == 1"),
    Fault("rounding", "rest > half", "rest >= half"),
    Fault(
        "rounding",
        "scaled(value.abs(), precision as u32)",
        "if precision > 19 { None } else { Some((value.abs() * 10_f64.powi(precision)).round_ties_even() as u64)"
        ".filter(|scaled| *scaled < 1 << 53) }",
        shows="The product is rounded before it is rounded: format_float(2.675, 2).",
    ),
    Fault(
        "type",
        "ffi::PyFloat_CheckExact(object.as_ptr()) != 0",
        "ffi::PyFloat_Check(object.as_ptr()) != 0",
        "rust/src/cpython/number.rs",
        "A subclass of float has an is_integer of its own.",
    ),
    Fault(
        "type",
        "ffi::PyLong_CheckExact(object.as_ptr()) == 0",
        "ffi::PyLong_Check(object.as_ptr()) == 0",
        "rust/src/cpython/number.rs",
        "format_float(True) is '1'.",
    ),
    Fault(
        "cache",
        "scaled(value.abs(), precision as u32)",
        "static LAST: std::sync::Mutex<(u64, Option<u64>)> = std::sync::Mutex::new((0, None)); "
        "let mut last = LAST.lock().unwrap(); "
        "if last.0 != value.to_bits() { *last = (value.to_bits(), scaled(value.abs(), precision as u32)); } last.1",
        shows="The same number twice, with another precision.",
    ),
    Fault(
        "cache",
        "is(function.defaults(), target.defaults)",
        "true",
        "rust/src/guards/resolve.rs",
        "format_float.__defaults__ = (3,), and then a call without a precision.",
    ),
    forgotten("str", "A global of the module hides str."),
    forgotten("isinstance", "A global of the module hides isinstance."),
    Fault(
        "memory",
        "ffi::PyMem_Free(digits.cast())",
        "()",
        "rust/src/cpython/number.rs",
        "Each number that CPython's own routine formats leaves its buffer: 1e300, or a precision above 19.",
    ),
    Fault(
        "reference",
        "arguments.float(0)",
        "std::mem::forget(arguments.object(0).to_owned()); arguments.float(0)",
        shows="Each call leaves one reference to the number.",
    ),
)

CALL = Call((2.5,))

PATCHES: Patches = (
    ("a global hides isinstance", replaced(f"{MODULE}.isinstance", lambda *a: True, create=True)),
    ("a global hides str", replaced(f"{MODULE}.str", lambda *a: "x", create=True)),
)
