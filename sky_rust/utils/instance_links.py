"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.instance_links import *
from sky.utils.instance_links import (
    _build_gcp_instances_url as _build_gcp_instances_url,
)
