"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.resources_utils import *
from sky.utils.resources_utils import (
    _DEFAULT_MESSAGE_HANDLE_INITIALIZING as _DEFAULT_MESSAGE_HANDLE_INITIALIZING,
    _MEM_SPEC_GB_TO_POD_GIB as _MEM_SPEC_GB_TO_POD_GIB,
    _PORT_HINT_MSG as _PORT_HINT_MSG,
    _PORT_RANGE_HINT_MSG as _PORT_RANGE_HINT_MSG,
    _format_cpu_mem_element as _format_cpu_mem_element,
    _parse_time_with_units as _parse_time_with_units,
)
