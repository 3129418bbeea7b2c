"""The policy of the environment: which functions may run natively. Only this module reads `SKY_RUST*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sky_rust._registry import Function

#: The state of a function's switch. `shadow`: its native's answers are compared with the original's, which the caller
#: gets.
Switch = Literal["off", "on", "shadow"]


class Setting(NamedTuple):
    """A switch, words for where it comes from ('' for the default), and the share of calls that shadow compares."""

    switch: Switch
    reason: str
    rate: float = 1.0


class Policy(NamedTuple):
    """The policy: everything that the environment says.

    disabled: why no function may run natively, whatever the settings are ('' if functions may).
    required: whether it is an error if a function can't run natively.
    settings: function name -> its setting.
    warnings: texts about values that can't be read.
    with_values: whether reports of shadow have arguments and results.
    control_file: the file of the live switches; '' where the environment names none.
    """

    disabled: str
    required: bool
    settings: dict[str, Setting]
    warnings: tuple[str, ...]
    with_values: bool
    control_file: str


_WORDS: dict[str, Switch] = {
    **dict.fromkeys(("0", "off", "false", "no"), "off"),
    **dict.fromkeys(("1", "on", "true", "yes"), "on"),
    "shadow": "shadow",
}


def read_switch(value: str) -> Switch | None:
    """The switch that a word means: one of `1`, `on`, `true`, `yes`, `0`, `off`, `false`, `no`, `shadow`; else None."""
    return _WORDS.get(value.strip().lower())


def read_rate(value: str) -> float | None:
    """The share of calls that a text means, a number from 0.0 to 1.0; else None."""
    try:
        rate = float(value)
    except ValueError:
        return None
    return rate if 0.0 <= rate <= 1.0 else None


def read(environ: Mapping[str, str], functions: Iterable[Function]) -> Policy:
    """Reads the policy for some functions from an environment.

    An empty variable counts as not set. An unreadable value was meant as a kill switch: its functions stay in Python,
    with a warning that names it.
    """
    warnings: list[str] = []
    disabled, every = "", Setting("on", "")
    value = environ.get("SKY_RUST", "").strip().lower()
    required = value == "require"
    switch = "on" if required or not value else read_switch(value)
    if switch is None:
        disabled = _unreadable("SKY_RUST", value, "1, 0, shadow, require")
        warnings.append(disabled)
    elif switch == "off":
        disabled = f"switched off by SKY_RUST={value}"
    elif switch == "shadow":
        every = Setting("shadow", f"in shadow by SKY_RUST={value}")

    given = environ.get("SKY_RUST_SHADOW_RATE", "").strip()
    rate = read_rate(given or "1.0")
    if rate is None:
        unreadable_rate = _unreadable("SKY_RUST_SHADOW_RATE", given, "a number from 0.0 to 1.0")
        warnings.append(unreadable_rate)

    settings = {}
    for function in functions:
        name, variable = function.name, function.variable
        value = environ.get(variable, "").strip().lower()
        switch = read_switch(value) if value else every.switch
        if switch is None:
            setting = Setting("off", _unreadable(variable, value, "1, 0, shadow"))
            warnings.append(setting.reason)
        elif not value:
            setting = every
        elif switch == "on":
            setting = Setting("on", "")
        else:
            words = "switched off" if switch == "off" else "in shadow"
            setting = Setting(switch, f"{words} by {variable}={value}")
        if setting.switch == "shadow":
            setting = Setting("off", unreadable_rate) if rate is None else setting._replace(rate=rate)
        settings[name] = setting
    with_values = read_switch(environ.get("SKY_RUST_SHADOW_VALUES", "")) == "on"
    return Policy(disabled, required, settings, tuple(warnings), with_values, environ.get("SKY_RUST_CONTROL", ""))


def said_of(environ: Mapping[str, str], function: Function) -> str:
    """The variable that decides a function's switch by `read`, with its value: 'SKY_RUST_HASH_FILE=0'; '' for none."""
    value = environ.get("SKY_RUST", "").strip()
    is_required = value.lower() == "require"
    own = environ.get(function.variable, "").strip()
    beats_all = bool(value) and not is_required and read_switch(value) in (None, "off")
    if own and not beats_all:
        return f"{function.variable}={own}"
    return f"SKY_RUST={value}" if value and not is_required else ""


#: The variables that are for no single function. The last two are for `sky-rust run` and for the build.
_GENERAL = (
    "SKY_RUST",
    "SKY_RUST_SHADOW_RATE",
    "SKY_RUST_SHADOW_VALUES",
    "SKY_RUST_CONTROL",
    "SKY_RUST_RUN",
    "SKY_RUST_BUILD",
)


def unknown(environ: Mapping[str, str], functions: Iterable[Function]) -> dict[str, str]:
    """The variables that look like ours and are read by nobody, such as a mistyped kill switch.

    Returns:
        Each with the variable that it may have been meant for; '' where none is like it.
    """
    import difflib

    known = [*_GENERAL, *(function.variable for function in functions)]
    # What all of them begin with makes no two of them alike.
    tails = {name[len("SKY_RUST") :]: name for name in known}
    found = {}
    for name in sorted(name for name in environ if name.startswith("SKY_RUST") and name not in known):
        similar = difflib.get_close_matches(name[len("SKY_RUST") :], tails, 1)
        found[name] = tails[similar[0]] if similar else ""
    return found


def _unreadable(variable: str, value: str, expected: str) -> str:
    return f"{variable}={value!r} is none of {expected}, so it stays in Python"
