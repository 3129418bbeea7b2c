"""Moving imports from `sky.utils` to `sky_rust.utils`, and back."""
