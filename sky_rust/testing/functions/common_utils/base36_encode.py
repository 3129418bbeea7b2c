"""Calls of `base36_encode`."""

from __future__ import annotations

import hashlib

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("an MD5 digest", Call(("9e107d9d372bb6826bd81d3542a419d6",))),
        Named("64 hex digits", Call((2 * "9e107d9d372bb6826bd81d3542a419d6",))),
        Named("'0x1f'", Call(("0x1f",)), declined=True),
    ]


def long() -> list[Call]:
    """Calls that take a quarter of a second and more."""
    return [Call(("f" * 150_000,))]


def extremes() -> list[Call]:
    """Calls with thousands of digits, and with many zeros before them."""
    return [Call(("f" * 12_000,)), Call(("0" * 7_000 + "9e1" * 2_000,)), Call(("1" + "7f0" * 11_000,))]


def generated() -> Domain:
    """Hex of any length, and other values that `int(x, 16)` takes or refuses; no negative ones, which never end."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    digits = st.text("0123456789abcdefABCDEF", min_size=1, max_size=300)
    every = [1, 31, 32, 33, 128, 4095, 4096, 5000, *thresholds("base36_encode")]
    # Long ones take the original a tenth of a second: a few are enough.
    lengths = st.sampled_from([length for length in every for _ in range(1 if length > 10_000 else 6)])
    hexes = st.one_of(
        digits,
        st.integers(0, 2**160).map("{:x}".format),
        lengths.map(lambda length: "f" * length),
        lengths.map(lambda length: "0" * length),
        lengths.map(lambda length: "1" + "0" * (length - 1)),
        st.builds(lambda length, zeros: "0" * zeros + "f" * (length - zeros), lengths, st.integers(1, 20)),
        st.integers(0, 40).map(lambda power: f"{36**power:x}"),
        st.integers(1, 40).map(lambda power: f"{36**power - 1:x}"),
        st.binary(max_size=64).map(lambda data: hashlib.md5(data).hexdigest()),
    )
    odd = st.one_of(
        st.text("0123456789abcdefABCDEFxX_+ \t\n\N{ARABIC-INDIC DIGIT FOUR}g", max_size=12),
        st.sampled_from(["", "0x", "0xff", "+f", "-0", "f_f", "_f", " f ", "\u0664", "f\0", "f" * 40 + "g", "\ud800"]),
        digits.map(str.encode),
        digits.map(lambda text: bytearray(text.encode())),
        anything,
    )

    def ends(call: Call) -> bool:
        try:
            return int(call.args[0], 16) >= 0
        except (TypeError, ValueError):
            return True

    return Domain(
        with_arguments(hexes) | with_arguments(hex_str=hexes).filter(lambda call: bool(call.kwargs)),
        (with_arguments(odd) | with_arguments(hexes, hexes) | with_arguments() | with_arguments(x=hexes)).filter(
            lambda call: not call.args or ends(call)
        ),
    )
