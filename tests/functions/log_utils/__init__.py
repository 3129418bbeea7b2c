"""Wrong natives and patches of the functions of `sky.utils.log_utils`."""
