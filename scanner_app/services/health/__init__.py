"""Compute and keep the health of devices."""
