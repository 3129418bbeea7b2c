"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.yaml_utils import *
from sky.utils.yaml_utils import (
    _c_extension_unavailable as _c_extension_unavailable,
)
