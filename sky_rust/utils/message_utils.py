"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.message_utils import *
from sky.utils.message_utils import (
    _PAYLOAD_PATTERN as _PAYLOAD_PATTERN,
    _PAYLOAD_STR as _PAYLOAD_STR,
)
