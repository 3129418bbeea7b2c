"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.timeline import *
from sky.utils.timeline import (
    _events as _events,
    _get_events_file_path as _get_events_file_path,
)
