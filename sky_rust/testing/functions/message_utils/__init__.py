"""Calls of the functions of `sky.utils.message_utils`."""
