"""Wrong natives and patches of the functions of `sky.utils.message_utils`."""
