"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.cluster_utils import *
from sky.utils.cluster_utils import (
    _OPENSSH_SETENV_MIN_VERSION as _OPENSSH_SETENV_MIN_VERSION,
    _convert_windows_path_to_wsl as _convert_windows_path_to_wsl,
    _convert_wsl_path_to_windows as _convert_wsl_path_to_windows,
    _get_local_openssh_version as _get_local_openssh_version,
    _get_windows_userprofile_via_cmd as _get_windows_userprofile_via_cmd,
    _openssh_supports_setenv as _openssh_supports_setenv,
)
