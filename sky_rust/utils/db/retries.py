"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.db.retries import *
from sky.utils.db.retries import (
    _DEFAULT_INITIAL_BACKOFF as _DEFAULT_INITIAL_BACKOFF,
    _DEFAULT_MAX_BACKOFF as _DEFAULT_MAX_BACKOFF,
    _DEFAULT_MAX_RETRIES as _DEFAULT_MAX_RETRIES,
    _DRIVER_EXCEPTIONS as _DRIVER_EXCEPTIONS,
    _NETWORK_EXCEPTIONS as _NETWORK_EXCEPTIONS,
    _asyncpg_exceptions as _asyncpg_exceptions,
    _budget_spent as _budget_spent,
    _build_driver_exceptions as _build_driver_exceptions,
    _check_bounds as _check_bounds,
    _log_retry as _log_retry,
    _new_backoff as _new_backoff,
    _next_delay as _next_delay,
)
