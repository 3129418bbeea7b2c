"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.asyncio_utils import *
from sky.utils.asyncio_utils import (
    _PIPE_READ_CHUNK as _PIPE_READ_CHUNK,
    _background_tasks as _background_tasks,
)
