"""Calls of the functions of `sky.utils.config_utils`."""
