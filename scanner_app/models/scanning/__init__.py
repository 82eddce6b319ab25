"""Scans, and the pictures that came with them."""
