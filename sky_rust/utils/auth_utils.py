"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.auth_utils import *
from sky.utils.auth_utils import (
    _SSH_KEY_PATH_PREFIX as _SSH_KEY_PATH_PREFIX,
    _ensure_key_permissions as _ensure_key_permissions,
    _generate_rsa_key_pair as _generate_rsa_key_pair,
    _save_key_pair as _save_key_pair,
)
