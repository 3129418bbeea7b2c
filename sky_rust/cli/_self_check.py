"""The self-check of `sky-rust doctor`: each function's named calls, natively and through the control."""

from __future__ import annotations

from typing import NamedTuple

import sky_rust
from sky_rust import _skypilot
from sky_rust._registry import function as line_of


class Check(NamedTuple):
    """What the self-check of one function has found.

    result: 'same'; 'differs'; 'python' if the function runs in Python, so that there is nothing to compare; 'unchecked'
        if a call could not be made here.
    calls: how many calls were made both natively and through the control.
    answered: how many of them the native answered; Python answered the others.
    reason: for 'differs', the call, with a line for each thing that does; for 'unchecked' and 'python', why; else ''.
    """

    result: str
    calls: int = 0
    answered: int = 0
    reason: str = ""


def check(name: str) -> Check:
    """Makes the calls of a function that have a label, and take no long time, and compares the outcomes.

    Args:
        name: the function's; its native is attached, and answers callers (so it isn't in shadow).
    """
    from sky_rust.testing import MismatchError, assert_same_outcome
    from sky_rust.testing._functions import named

    calls = answered = 0
    label = "the calls"
    try:
        native, control = _skypilot.original(line_of(name)), sky_rust.control(name)
        for one in named(name):
            if one.large or one.declined:
                continue
            label, before = one.label, sky_rust.stats()[name].answers
            assert_same_outcome(control, native, one.call)
            calls += 1
            answered += sky_rust.stats()[name].answers > before
    except MismatchError as error:
        return Check("differs", calls + 1, answered, str(error))
    except Exception as error:  # what a call needs can't be had here, such as room for a file
        return Check("unchecked", calls, answered, f"{label}: {type(error).__name__}: {error}")
    return Check("same", calls, answered)
