"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.cloud_api_retries import *
from sky.utils.cloud_api_retries import (
    _DEFAULT_INITIAL_BACKOFF as _DEFAULT_INITIAL_BACKOFF,
    _DEFAULT_MAX_BACKOFF_FACTOR as _DEFAULT_MAX_BACKOFF_FACTOR,
    _DEFAULT_MAX_RETRIES as _DEFAULT_MAX_RETRIES,
)
