"""Natives are attached to functions, and detached."""
