"""Calls of `format_float`."""

from __future__ import annotations

import fractions
import math
import sys

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("3.0", Call((3.0,))),
        Named("3.14159, 2", Call((3.14159, 2))),
        Named("7", Call((7,))),
        Named("3.14159, precision=2", Call((3.14159,), {"precision": 2})),
        Named("an int of 31 digits", Call((10**30,)), declined=True),
    ]


def extremes() -> list[Call]:
    """Numbers so small that their mantissa has to be shifted as far as the native shifts, and one bit less or more."""
    return [
        Call((sign * factor * 2.0 ** (52 - shift), precision))
        for shift in thresholds("format_float")
        if shift < 1000
        for factor in (1.0, 1.5)
        for sign in (1, -1)
        for precision in (0, 1, 3)
    ]


def generated() -> Domain:
    """Numbers of every kind, precisions of every kind."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    ints = st.integers(-(2**63), 2**63 - 1)
    halves = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
    floats = (
        st.floats()
        | st.floats(-0.1, 0.1)
        | halves
        | st.integers(-(2**70), 2**70).map(float)
        | st.integers(-(10**9), 10**9).map(lambda number: number / 1000)
    )
    edges = st.sampled_from([0.0, -0.0, 0.5, 1.5, 2.5, 0.05, 0.25, 1e22, 1e300, 5e-324, math.inf, -math.inf, math.nan])
    floats = floats | edges | st.integers(-80, -40).map(lambda power: 1.5 * 2.0**power)
    edges_of_native = thresholds("format_float", beyond=3)
    precisions = (
        st.integers(0, 20) | st.integers(0, 300) | st.sampled_from([one for one in edges_of_native if one < 301])
    )
    numbers = ints | floats
    # Halfway between two results: the even one is right.
    ties = st.builds(
        lambda odd, precision: Call(((2 * odd + 1) / 2 ** (precision + 1), precision)),
        st.integers(-(10**6), 10**6),
        st.integers(0, 4),
    )
    # Whole floats: both zeros, both sides of the largest that are exact ints, or ints of 64 bits.
    whole = st.builds(
        lambda sign, number: sign * float(number),
        st.sampled_from([1, -1]),
        st.sampled_from([0, *edges_of_native]) | st.integers(2**52, 2**54) | st.integers(2**62, 2**70),
    )
    common = st.one_of(
        with_arguments(numbers),
        with_arguments(whole),
        with_arguments(numbers, precisions),
        ties,
        with_arguments(numbers, precision=precisions),
        with_arguments(num=numbers, precision=precisions).filter(lambda call: "num" in call.kwargs),
        with_arguments(ints, anything),
    )
    odd_precisions = st.one_of(
        st.sampled_from([-1, 301, 70_000, 2**31, 2**63, 10**30, "", "2", "x", "1_0", "5%", " 2", True, None, 2.0]),
        anything,
    )
    digits = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else 4300
    odd = st.one_of(
        st.booleans(),
        st.sampled_from([2**63, -(2**63) - 1]),
        st.builds(
            lambda power, sign: sign * 10**power, st.sampled_from([digits - 1, digits]), st.sampled_from([1, -1])
        ),
        anything,
    )
    return Domain(
        common,
        st.one_of(
            with_arguments(odd), with_arguments(numbers | odd, odd_precisions).filter(_is_quick), with_arguments(x=ints)
        ),
    )


def _is_quick(call: Call) -> bool:
    """Whether the call is quick. More than 10**5 digits take minutes; 2**31 are an error, except for a Fraction."""
    number, precision = call.args
    try:
        digits = int(precision)
    except (TypeError, ValueError, OverflowError):
        return True
    return digits <= 10**5 or (digits >= 2**31 and not isinstance(number, fractions.Fraction))
