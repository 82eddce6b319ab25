"""Notices about the health of devices."""
