"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.status_lib import *
from sky.utils.status_lib import (
    _STATUS_TO_COLOR as _STATUS_TO_COLOR,
)
