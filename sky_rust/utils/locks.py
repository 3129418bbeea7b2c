"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.locks import *
from sky.utils.locks import (
    _detect_lock_type as _detect_lock_type,
)
