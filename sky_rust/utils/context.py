"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.context import *
from sky.utils.context import (
    _CONTEXT as _CONTEXT,
    _ContextualStream as _ContextualStream,
    _PROCESS_GLOBAL_VARS as _PROCESS_GLOBAL_VARS,
    _logger as _logger,
)
