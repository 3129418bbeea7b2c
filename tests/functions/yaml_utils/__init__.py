"""Wrong natives and patches of the functions of `sky.utils.yaml_utils`."""
