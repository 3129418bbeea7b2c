"""The form in which a function's file describes a wrong native, and the forms that many faults share."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    # The result is wrong in a plain call.
    "value",  # another value, name or operator
    "edge",  # right but for one value at a limit
    "size",  # right but for sizes and numbers that callers rarely pass
    "rounding",
    "encoding",
    "type",  # an object, or an exception, is taken for one of another type
    # The result is wrong in another world, or in one that changes.
    "errno",  # an error of the system that is taken for another, or for none
    "world",  # the machine, the thread or the process is another than usual, or changes during the call
    "flag",  # of a system call
    "cache",  # what was true once is taken to be true still
    "guard",  # a name that the original looks up is not watched
    # The result is right, and something else is not.
    "event",  # an audit event is missing, additional, or has other arguments
    "memory",  # memory is not given back
    "reference",  # a reference to the caller's object, or to a shared one, is not given back
    "descriptor",  # a file is not closed
    "signal",  # signals are not handled, or a handler's exception is lost
    "GIL",  # the GIL is kept during long work, or while the system is waited for
]


class Fault(NamedTuple):
    """One wrong native: an expression of the right one, and the expression that replaces it.

    kind: what a good engineer got wrong.
    right: a Rust expression, or statements without a `let`, which has to be in the file exactly once.
    wrong: Rust of the same type.
    file: the file, as a path in the repository; '' for the file of the function's native.
    shows: the call, and the world, that show it; '' where any call does that has to do with the expression.
    unseen: the reason why `verify` does not see it; '' if it does.
    """

    kind: Kind
    right: str
    wrong: str
    file: str = ""
    shows: str = ""
    unseen: str = ""


def forgotten(path: str, shows: str, unseen: str = "") -> Fault:
    """The guard of this path is left out of the function's list."""
    check = "resolver.guard(&globals, guard)"
    skipped = f'if guard.path == "{path}" {{ Ok(()) }} else {{ {check} }}'
    return Fault("guard", check, skipped, "rust/src/guards/resolve.rs", shows, unseen)


def deaf(shows: str, unseen: str = "") -> Fault:
    """No signal is handled anywhere in the native."""
    check = "finishing(|| unsafe { PyErr_CheckSignals() }) == 0"
    return Fault("signal", check, "true", "rust/src/effects/signals.rs", shows, unseen)


def without_pauses(shows: str, unseen: str = "") -> Fault:
    """Long work that needs the GIL goes on to its end: no signal is handled, and no other thread runs."""
    return Fault("signal", "self.pause(py)", "Ok(())", "rust/src/effects/signals.rs", shows, unseen)


def leaking(right: str) -> str:
    """The value of `right`, of which one more copy is made and never dropped."""
    return f"{{ let it = {right}; std::mem::forget(std::hint::black_box(it.clone())); it }}"


def remembering(right: str, type_: str) -> str:
    """The value that `right` had the first time."""
    kept = f"static FIRST: std::sync::OnceLock<{type_}> = std::sync::OnceLock::new();"
    return f"{{ {kept} let it = {right}; *FIRST.get_or_init(|| it) }}"
