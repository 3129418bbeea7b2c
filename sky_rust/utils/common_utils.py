"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.common_utils import *
from sky.utils.common_utils import (
    _CLIENT_COMMAND_KEY as _CLIENT_COMMAND_KEY,
    _CLIENT_ENTRYPOINT_KEY as _CLIENT_ENTRYPOINT_KEY,
    _COLOR_PATTERN as _COLOR_PATTERN,
    _REQUEST_ID_KEY as _REQUEST_ID_KEY,
    _USER_KEY as _USER_KEY,
    _USING_REMOTE_API_SERVER_KEY as _USING_REMOTE_API_SERVER_KEY,
    _VALID_ENV_VAR_REGEX as _VALID_ENV_VAR_REGEX,
    _cpu_count as _cpu_count,
    _get_cgroup_cpu_limit as _get_cgroup_cpu_limit,
    _get_cgroup_memory_limit as _get_cgroup_memory_limit,
    _is_cgroup_v2 as _is_cgroup_v2,
    _mem_size_gb as _mem_size_gb,
    _redact_secrets_values as _redact_secrets_values,
)
