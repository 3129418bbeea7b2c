"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.admin_policy_utils import *
from sky.utils.admin_policy_utils import (
    _get_policy_impl as _get_policy_impl,
    _is_url as _is_url,
)
