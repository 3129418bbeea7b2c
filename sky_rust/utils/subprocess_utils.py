"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.subprocess_utils import *
from sky.utils.subprocess_utils import (
    _PROCFS as _PROCFS,
    _fallback_children as _fallback_children,
    _fd_limit_warning_shown as _fd_limit_warning_shown,
    _get_thread_multiplier as _get_thread_multiplier,
    _pid_diag as _pid_diag,
    _safe_children as _safe_children,
    _wait_non_child_process as _wait_non_child_process,
)

from sky_rust.reference.subprocess_utils import (
    estimate_fd_for_directory as estimate_fd_for_directory,
    is_process_alive as is_process_alive,
)
