"""Wrong natives and patches of the functions of `sky.utils.common_utils`."""
