"""How natives are put on functions, and taken off."""
