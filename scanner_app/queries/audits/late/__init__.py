"""Scans that arrive after their audit has counted, and phones that still hold some."""
