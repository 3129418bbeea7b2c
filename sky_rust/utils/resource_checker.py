"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.resource_checker import *
from sky.utils.resource_checker import (
    _check_active_resources as _check_active_resources,
    _get_active_resources as _get_active_resources,
    _get_active_resources_by_names as _get_active_resources_by_names,
    _get_active_resources_for_workspaces as _get_active_resources_for_workspaces,
)
