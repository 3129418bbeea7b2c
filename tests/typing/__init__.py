"""What type checkers and linters make of the package."""
