"""Calls of the functions of `sky.utils.log_utils`."""
