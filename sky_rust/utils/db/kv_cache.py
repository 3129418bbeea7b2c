"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.db.kv_cache import *
from sky.utils.db.kv_cache import (
    _LIKE_ESCAPE_CHAR as _LIKE_ESCAPE_CHAR,
    _db_manager as _db_manager,
    _escape_like as _escape_like,
)
