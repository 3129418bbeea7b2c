"""Calls of the functions of `sky.utils.subprocess_utils`."""
