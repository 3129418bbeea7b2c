"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.controller_utils import *
from sky.utils.controller_utils import (
    _CONSOLIDATION_WORKER_MEMORY_FRACTION as _CONSOLIDATION_WORKER_MEMORY_FRACTION,
    _ControllerSpec as _ControllerSpec,
    _LOCAL_SKYPILOT_CONFIG_PATH_SUFFIX as _LOCAL_SKYPILOT_CONFIG_PATH_SUFFIX,
    _RESOURCES_LOCK as _RESOURCES_LOCK,
    _consolidation_worker_reserved_mb as _consolidation_worker_reserved_mb,
    _controller_headroom_mb as _controller_headroom_mb,
    _effective_jobs_consolidation_with_warnings as _effective_jobs_consolidation_with_warnings,
    _generate_run_uuid as _generate_run_uuid,
    _get_cloud_dependencies_installation_commands as _get_cloud_dependencies_installation_commands,
    _get_number_of_services as _get_number_of_services,
    _get_parallelism as _get_parallelism,
    _get_request_parallelism as _get_request_parallelism,
    _get_total_usable_memory_mb as _get_total_usable_memory_mb,
    _is_consolidation_mode as _is_consolidation_mode,
    _read_jobs_consolidation_signal as _read_jobs_consolidation_signal,
    _setup_proxy_command_on_controller as _setup_proxy_command_on_controller,
)
