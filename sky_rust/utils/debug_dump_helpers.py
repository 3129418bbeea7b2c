"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.debug_dump_helpers import *
from sky.utils.debug_dump_helpers import (
    _SENSITIVE_CONFIG_KEYS as _SENSITIVE_CONFIG_KEYS,
)
