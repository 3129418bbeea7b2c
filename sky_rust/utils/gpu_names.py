"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.gpu_names import *
from sky.utils.gpu_names import (
    _CANONICAL_GPU_MEMORY_GIB_LOWER as _CANONICAL_GPU_MEMORY_GIB_LOWER,
    _MEMORY_SUFFIX_RE as _MEMORY_SUFFIX_RE,
)
