"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.infra_utils import *
from sky.utils.infra_utils import (
    _REGION_OR_ZONE_TRUNCATION_LENGTH as _REGION_OR_ZONE_TRUNCATION_LENGTH,
    _SSH_CONTEXT_PREFIX as _SSH_CONTEXT_PREFIX,
)
