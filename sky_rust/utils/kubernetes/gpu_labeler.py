"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.kubernetes.gpu_labeler import *
from sky.utils.kubernetes.gpu_labeler import (
    _format_string as _format_string,
    _get_status_context as _get_status_context,
)
