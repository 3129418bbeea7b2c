"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.db.migration_utils import *
from sky.utils.db.migration_utils import (
    _alembic_thread_lock as _alembic_thread_lock,
)
