"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.log_links import *
from sky.utils.log_links import (
    _ANSI_RE as _ANSI_RE,
    _TOKEN_SPLIT_RE as _TOKEN_SPLIT_RE,
    _TRAILING_PUNCT_RE as _TRAILING_PUNCT_RE,
    _URL_PREFIX_RE as _URL_PREFIX_RE,
    _strip_ansi as _strip_ansi,
)
