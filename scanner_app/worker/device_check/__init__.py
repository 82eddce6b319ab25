"""The check of all devices."""
