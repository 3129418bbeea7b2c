"""The tools that developers use."""
