"""The policy of the environment: which functions may run natively. Only this module reads `SKY_RUST*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sky_rust._registry import Function

#: The state of a function's switch. (`shadow` is not implemented yet, and counts as `off`.)
Switch = Literal["off", "on"]


class Setting(NamedTuple):
    """A switch, and words for where it comes from ('' for the default)."""

    switch: Switch
    reason: str


class Policy(NamedTuple):
    """The policy: everything that the environment says.

    disabled: why no function may run natively, whatever the settings are ('' if functions may).
    required: whether it is an error if a function can't run natively.
    settings: function name -> its setting.
    warnings: texts about values that can't be read.
    """

    disabled: str
    required: bool
    settings: dict[str, Setting]
    warnings: tuple[str, ...]


_OFF = ("0", "off", "false", "no")
_ON = ("1", "on", "true", "yes")


def read(environ: Mapping[str, str], functions: Iterable[Function]) -> Policy:
    """Reads the policy for some functions from an environment.

    An empty variable counts as not set. An unreadable value was meant as a kill switch: its functions stay in Python,
    with a warning that names it.
    """
    warnings: list[str] = []
    disabled, required = "", False
    value = environ.get("SKY_RUST", "").strip().lower()
    if value == "require":
        required = True
    elif value in _OFF:
        disabled = f"switched off by SKY_RUST={value}"
    elif value and value not in _ON:
        disabled = _unreadable("SKY_RUST", value, ("1", "0", "require"))
        warnings.append(disabled)

    settings = {}
    for function in functions:
        name, variable = function.name, function.variable
        value = environ.get(variable, "").strip().lower()
        if value in _OFF:
            settings[name] = Setting("off", f"switched off by {variable}={value}")
        elif value and value not in _ON:
            settings[name] = Setting("off", _unreadable(variable, value, ("1", "0")))
            warnings.append(settings[name].reason)
        else:
            settings[name] = Setting("on", "")
    return Policy(disabled, required, settings, tuple(warnings))


def _unreadable(variable: str, value: str, expected: tuple[str, ...]) -> str:
    if value == "shadow":
        return f"{variable}=shadow: this version of sky-rust has no shadow mode, so it stays in Python"
    return f"{variable}={value!r} is none of {', '.join(expected)}, so it stays in Python"
