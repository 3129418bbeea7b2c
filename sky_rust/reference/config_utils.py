"""The spec of the functions of `sky.utils.config_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import copy
from typing import Any


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
