"""Wrong natives and patches of the functions of `sky.utils.subprocess_utils`."""
