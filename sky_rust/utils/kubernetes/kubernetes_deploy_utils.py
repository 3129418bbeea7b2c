"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.kubernetes.kubernetes_deploy_utils import *
from sky.utils.kubernetes.kubernetes_deploy_utils import (
    _get_port_range as _get_port_range,
)
