"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.rich_console_utils import *
from sky.utils.rich_console_utils import (
    _console as _console,
)
