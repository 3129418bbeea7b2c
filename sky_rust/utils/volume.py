"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.volume import *
from sky.utils.volume import (
    _RESIZE_FAILED_ACTION as _RESIZE_FAILED_ACTION,
    _RESIZE_PENDING_IN_USE as _RESIZE_PENDING_IN_USE,
    _RESIZE_PENDING_UNUSED as _RESIZE_PENDING_UNUSED,
    _RESIZE_STATE_MESSAGES as _RESIZE_STATE_MESSAGES,
)
