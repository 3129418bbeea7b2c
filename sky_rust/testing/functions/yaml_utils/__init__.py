"""Calls of the functions of `sky.utils.yaml_utils`."""
