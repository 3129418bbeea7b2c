"""The spec of the functions of `sky.utils.config_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import copy
from typing import Any

#: What stands in the place of a value that must not be logged.
REDACTED_VALUE = "<redacted>"

#: Where configurations have such values: sequences of keys, in which `*` stands for every key and every item.
SENSITIVE_CONFIG_PATHS: list[tuple[str, ...]] = [
    ("db",),
    ("api_server", "service_account_token"),
    *(
        (controller, "controller", "resources", *alternative, "_docker_login_config", "password")
        for controller in ("jobs", "serve")
        for alternative in ((), ("any_of", "*"), ("ordered", "*"))
    ),
]


class Config(dict):  # type: ignore[type-arg]
    """A configuration: dicts inside dicts."""

    def get_nested(
        self,
        keys: tuple[str, ...],
        default_value: Any,
        override_configs: dict[str, Any] | None = None,
        allowed_override_keys: list[tuple[str, ...]] | None = None,
        disallowed_override_keys: list[tuple[str, ...]] | None = None,
    ) -> Any:
        """What a sequence of keys leads to, as a deep copy: what is one object in the configuration is one in it.

        Mirrors `sky.utils.config_utils.Config.get_nested`, the same in SkyPilot 0.10.5 to 0.14.1, without overrides.

        Args:
            keys: the keys, from the outermost to the innermost; none for all of the configuration.
            default_value: what is returned, uncopied, where a key is missing or leads to no dict.
            override_configs: None. The spec has no overrides.
            allowed_override_keys: anything, without overrides.
            disallowed_override_keys: anything, without overrides.

        Raises:
            NotImplementedError: there are overrides.
            TypeError: `keys` is no sequence, or a key can't be one of a dict's.
        """
        if override_configs is not None:
            raise NotImplementedError("the spec of Config.get_nested has no overrides")
        return _get_nested(copy.deepcopy(self), keys, default_value)


def _get_nested(found: Any, keys: tuple[str, ...], default_value: Any) -> Any:
    """What the keys lead to."""
    for at, key in enumerate(keys):
        if not (isinstance(found, dict) and key in found):
            return default_value
        found, _ = found[key], len(keys) - at  # a set of keys has no order, and an iterator no length
    return found


def redact_sensitive_values(config: dict[str, Any] | None) -> dict[str, Any]:
    """A deep copy of a configuration that may be logged: its secrets are replaced with `<redacted>`.

    Mirrors `sky.utils.config_utils.redact_sensitive_values`, which SkyPilot has since 0.14.1.

    Args:
        config: the configuration, which stays as it is.

    Returns:
        A dict, even of an instance of a subclass: in it, what `SENSITIVE_CONFIG_PATHS` leads to is replaced, but None
        stays None. None and an empty configuration give an empty one.

    Raises:
        TypeError: `config` is no configuration.
    """
    if not config:
        return {}
    redacted = copy.deepcopy(dict(config))
    for path in SENSITIVE_CONFIG_PATHS:
        _redact_path(redacted, path)
    return redacted


def _redact_path(node: Any, path: tuple[str, ...]) -> None:
    """Replaces what a path leads to from a node on, if there is something."""
    if not path:
        return
    key = path[0]  # a set has no first item, though it could be unpacked
    rest = path[1:]
    if key == "*":
        inside = node.values() if isinstance(node, dict) else node if isinstance(node, (list, tuple)) else ()
        for child in inside:
            _redact_path(child, rest)
    elif isinstance(node, dict) and key in node:
        if rest:
            _redact_path(node[key], rest)
        elif node[key] is not None:
            node[key] = REDACTED_VALUE
