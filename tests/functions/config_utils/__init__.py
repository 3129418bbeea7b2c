"""Wrong natives and patches of the functions of `sky.utils.config_utils`."""
