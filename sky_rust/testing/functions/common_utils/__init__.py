"""Calls of the functions of `sky.utils.common_utils`."""
