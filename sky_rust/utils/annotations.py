"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.annotations import *
from sky.utils.annotations import (
    _FUNCTIONS_NEED_RELOAD_CACHE as _FUNCTIONS_NEED_RELOAD_CACHE,
    _FUNCTIONS_NEED_RELOAD_CACHE_LOCK as _FUNCTIONS_NEED_RELOAD_CACHE_LOCK,
    _register_functions_need_reload_cache as _register_functions_need_reload_cache,
)
