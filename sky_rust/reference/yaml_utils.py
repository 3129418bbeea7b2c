"""The spec of the functions of `sky.utils.yaml_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

from typing import Any

import yaml


def dump_yaml_str(config: list[dict[str, Any]] | dict[str, Any]) -> str:
    """A config as YAML, with a blank line between its top-level entries.

    Mirrors `sky.utils.yaml_utils.dump_yaml_str`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        config: a tree of the types that YAML has a standard form for; a list is a stream of documents.

    Returns:
        What PyYAML's `SafeDumper` writes, in block style and in the order of the keys. On the outermost level, where
        PyYAML breaks a line, there are two line breaks.

    Raises:
        yaml.representer.RepresenterError: there is an object of another type in it.
    """

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # to mypy, PyYAML has no types
        def write_line_break(self, data: str | None = None) -> None:
            super().write_line_break(data)
            if len(self.indents) == 1:
                super().write_line_break()

    # As deep a call as SkyPilot's, for each: it decides where the recursion limit is reached.
    dump = yaml.dump_all if isinstance(config, list) else yaml.dump
    text: str = dump(config, Dumper=Dumper, default_flow_style=False, sort_keys=False)
    return text
