"""Wrong natives of `base36_encode`, and patches of what it looks up."""

from __future__ import annotations

from sky_rust.testing import Call
from tests.functions._faults import Fault, forgotten
from tests.functions._patching import Patches, replaced

MODULE = "sky.utils.common_utils"

FAULTS = (
    Fault("value", "nibbles >> 4", "nibbles >> 5"),
    Fault("value", "9 * (eight >> 6 & 0x0101_0101_0101_0101)", "9 * (eight >> 5 & 0x0101_0101_0101_0101)"),
    Fault("value", "hex.rchunks(A_LIMB)", "hex.rchunks(7)"),
    Fault("value", "value % DIVISOR", "value % (DIVISOR - 1)"),
    Fault("edge", "digits[1..].iter().rev()", "digits[..].iter().rev()"),
    Fault(
        "size",
        "text::ascii(py, &[in_order(&mut digits)])",
        "if hex.len() > 11_600 { digits.reverse(); text::ascii(py, &[&digits[..]]) } "
        "else { text::ascii(py, &[in_order(&mut digits)]) }",
        shows="The number with 12,000 hex digits keeps its leading zeros.",
    ),
    Fault(
        "size",
        "limbs.extend(numbers(hex))",
        "limbs.extend(numbers(hex).take(1 << 12))",
        shows="Digits before the last 32,768 don't count.",
    ),
    Fault(
        "encoding",
        "ffi::PyUnicode_IS_COMPACT_ASCII(object) == 0",
        "ffi::PyUnicode_IS_COMPACT(object) == 0",
        "rust/src/cpython/text.rs",
        "Two-byte characters are read as bytes: '\\u6161' is 'a', and no error.",
    ),
    Fault(
        "memory",
        "text::ascii(py, &[in_order(&mut digits)])",
        "let made = text::ascii(py, &[in_order(&mut digits)]); std::mem::forget(digits); made",
        shows="Numbers of more than 60 digits, which lie on the heap, leave their digits behind.",
    ),
    Fault(
        "reference",
        "arguments.text(0)?",
        "let it = arguments.text(0)?; std::mem::forget(it.itself()); it",
        shows="Each call, declined ones included, leaves one reference to the argument.",
    ),
    Fault(
        "signal",
        "signals::handle_signals(py)?",
        "()",
        shows="From 12,000 hex digits on, a signal waits for the end of the work.",
    ),
    Fault(
        "GIL",
        "signals::released(py, || (0..rounds).all(|_| divide(&mut limbs, &mut digits)))",
        "(0..rounds).all(|_| divide(&mut limbs, &mut digits))",
        shows="From 12,000 hex digits on, no other thread runs until the end.",
    ),
    forgotten("divmod", "A global of the module, or builtins.divmod, is replaced."),
    forgotten("int", "A global of the module hides int."),
)

CALL = Call(("ff",))

PATCHES: Patches = (
    ("a global hides divmod", replaced(f"{MODULE}.divmod", lambda a, b: (0, 7), create=True)),
    ("a global hides int", replaced(f"{MODULE}.int", lambda *a: 35, create=True)),
    ("builtins.divmod", replaced("builtins.divmod", lambda a, b: (0, 7))),
)
