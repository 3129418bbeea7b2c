"""The reports: each function's backend and its reason, the counts of its calls, and the natives that there are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import sky_rust
from sky_rust import _attachment, _process, _skypilot
from sky_rust._registry import FUNCTIONS
from sky_rust._wanted import Wanted, wanted

if TYPE_CHECKING:
    from sky_rust._policy import Switch


class FunctionStatus(NamedTuple):
    """A function's backend, and the reason for it.

    name, module: the function's dotted name, and its module under `sky.utils`.
    switch: 'on', 'off' or 'shadow'.
    backend: 'rust' if calls go to the native first (in shadow, the caller still gets the original's outcome), else
        'python'.
    reason: why calls go there, in words.
    """

    name: str
    module: str
    switch: Switch
    backend: str
    reason: str


class FunctionStats(NamedTuple):
    """The counts of a function's calls since the process began, while its native was attached.

    answers: calls that the native answered.
    declines: calls that it left to the original.
    shadowed, mismatches: calls compared with the control's, and those that differed. Compared are answers, and what the
        answer would have been where only a log record that could be seen made the native decline.
    moved: calls that shadow could not compare, since the world changed meanwhile: a log that grew, Ctrl-C.
    reasons: why calls were declined -> how many: 'arguments' (or a world that the native doesn't take), 'patched',
        'a record could be seen', 'what the original imports or makes is not there yet', 'a library is not proven',
        'the native panicked', "left out of shadow's share".
    """

    answers: int
    declines: int
    shadowed: int
    mismatches: int
    moved: int
    reasons: dict[str, int]


class BackendInfo(NamedTuple):
    """The natives that there are, and the Python and SkyPilot they are for.

    native: whether the compiled module could be loaded; reason: why not, else ''.
    version: of sky-rust.
    skypilot: SkyPilot's version, '' if it is not installed.
    python, platform: the running ones.
    functions: function name -> 'rust' or 'python'.
    """

    native: bool
    reason: str
    version: str
    skypilot: str
    python: str
    platform: str
    functions: dict[str, str]


def status() -> dict[str, FunctionStatus]:
    """Each function's status, by its name."""
    _process.ensure_agent()
    reports = {}
    for one in wanted():
        backend, reason = _backend(one)
        reports[one.function.name] = FunctionStatus(*one.function[:2], one.setting.switch, backend, reason)
    return reports


def _backend(one: Wanted) -> tuple[str, str]:
    function, policy = one.function, _process.POLICY
    if policy.disabled:
        return "python", policy.disabled
    if one.setting.switch == "off":
        return "python", one.setting.reason
    if not one.installed:
        return "python", f"not installed: import sky_rust.utils.{function.module}, or call sky_rust.install()"
    if one.obstacle:
        return "python", one.obstacle
    target = _attachment.target(function)
    if target is None:
        return "python", "not attached: install() has not got that far"
    kind, reason = _process.native().obstacle(function.name) or ("", "")
    if kind == "changed":
        return "python", f"declines at the moment: {reason}"
    if kind == "unproven":
        return "python", f"{reason}; `sky-rust verify --record {function.name}` proves it here"
    where = f"{target.__module__}.{function.name}"
    try:
        current = _skypilot.look_up(_skypilot.home_module(function.module), function.name, target)
    except Exception:  # somebody's code makes what is looked up
        current = None
    if current is not target:
        return "python", f"{where} was replaced since install() (reloaded, or patched); call install() again"
    # A pending obstacle goes away by itself: the original imports the library, and the next call is native.
    if one.setting.switch == "shadow":
        return "rust", f"{one.setting.reason}: {100 * one.setting.rate:.3g} % of the calls are compared with {where}"
    return "rust", f"attached to {where}"


def stats() -> dict[str, FunctionStats]:
    """The counts of each function's calls, by its name. All zero where there is no compiled module."""
    reports = {}
    for function in FUNCTIONS:
        counts, reasons = (0, 0, 0, 0, 0), dict[str, int]()
        if not _process.obstacle_of(function.name):
            native = _process.native()
            counts, reasons = native.counts(function.name), native.reasons(function.name)
        reports[function.name] = FunctionStats(*counts, reasons)
    return reports


def nanoseconds(name: str) -> tuple[int, int]:
    """The nanoseconds by the clock that native and control took for the calls that shadow found to be the same."""
    took: tuple[int, int] = (0, 0) if _process.obstacle_of(name) else _process.native().nanoseconds(name)
    return took


def is_rust_available() -> bool:
    """Whether natives can be used in this process."""
    return not _process.native_obstacle()


def get_backend_info() -> BackendInfo:
    """The natives that there are, and the Python and SkyPilot they are for."""
    reason = _process.native_obstacle()
    return BackendInfo(
        native=not reason,
        reason=reason,
        version=sky_rust.__version__,
        skypilot=_skypilot.version(),
        python=sys.version.split()[0],
        platform=sys.platform,
        functions={name: one.backend for name, one in status().items()},
    )
