"""Selects over assets, locations and people."""
