"""Selects over readers and what they read."""
