"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.accelerator_registry import *
from sky.utils.accelerator_registry import (
    _SCHEDULABLE_NON_GPU_ACCELERATORS as _SCHEDULABLE_NON_GPU_ACCELERATORS,
    _accelerator_df as _accelerator_df,
    _memory_df as _memory_df,
)
