"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.config_utils import *
from sky.utils.config_utils import (
    _PATCH_MERGE_KEYS as _PATCH_MERGE_KEYS,
    _REGION_CONFIG_CLOUDS as _REGION_CONFIG_CLOUDS,
    _check_allowed_and_disallowed_override_keys as _check_allowed_and_disallowed_override_keys,
    _get_nested as _get_nested,
    _recursive_update as _recursive_update,
    _redact_path as _redact_path,
    _validate_mergeable_types as _validate_mergeable_types,
)
