"""SkyPilot's templates of YAML as SkyPilot renders them, with stand-ins for the values that a cloud would give."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.meta

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_template(name: str) -> bool:
    """Whether a file of that path is such a template."""
    return name.endswith((".yaml.j2", ".yml.j2")) and "sky" in PurePath(name).parts


class _StandIn(str):
    """A str that also is a mapping, a list and a function: of two more of its kind, or of none."""

    is_empty = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return type(self)(f"{self}-called")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(f"{self}-{name}")

    def __getitem__(self, key: Any) -> Any:
        return type(self)(f"{self}-{key}")

    def __iter__(self) -> Iterator[Any]:
        return (type(self)(f"{self}-{at}") for at in range(0 if self.is_empty else 2))

    def __bool__(self) -> bool:
        return not self.is_empty

    def __len__(self) -> int:
        return 0 if self.is_empty else 2


class _Empty(_StandIn):
    is_empty = True


def rendered(text: str) -> Iterator[str]:
    """A template, rendered with everything in it, with nothing, and with `None` for what is compared with it.

    Args:
        text: the template.

    Raises:
        jinja2.TemplateError: it is no template.
    """
    from sky.skylet import constants

    environment = jinja2.Environment()
    names = jinja2.meta.find_undeclared_variables(environment.parse(text))
    known = {name.lower(): value for name, value in vars(constants).items() if type(value) is str}
    numbers = {name: 2 for name in names if name.startswith("num_")}
    optional = {name: None for name in re.findall(r"(\w+) is (?:not )?none", text) if f"{name}." not in text}
    for kind, unset in ((_StandIn, {}), (_Empty, {}), (_StandIn, optional)):
        variables = {**{name: kind(name) for name in names}, **known, **numbers, **unset}
        yield environment.from_string(text).render(variables)
