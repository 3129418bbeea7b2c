"""The findings of type checkers and linters about the package."""
