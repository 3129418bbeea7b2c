"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.hooks_deprecation import *
