"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.rich_utils import *
from sky.utils.rich_utils import (
    _NoOpConsoleStatus as _NoOpConsoleStatus,
    _RevertibleStatus as _RevertibleStatus,
    _client_status as _client_status,
    _get_client_status as _get_client_status,
    _get_server_status as _get_server_status,
    _is_thread_safe as _is_thread_safe,
    _logging_lock as _logging_lock,
    _server_status as _server_status,
    _set_client_status as _set_client_status,
    _set_server_status as _set_server_status,
    _status_nesting_level as _status_nesting_level,
)
