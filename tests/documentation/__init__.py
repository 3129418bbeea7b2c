"""What the documentation says can be done."""
