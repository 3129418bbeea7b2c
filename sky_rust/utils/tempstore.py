"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.tempstore import *
from sky.utils.tempstore import (
    _TEMP_DIR as _TEMP_DIR,
)
