"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.ux_utils import *
from sky.utils.ux_utils import (
    _LOG_PATH_HINT as _LOG_PATH_HINT,
    _LOG_PATH_HINT_LOCAL as _LOG_PATH_HINT_LOCAL,
    _PROVISION_LOG_HINT as _PROVISION_LOG_HINT,
)
