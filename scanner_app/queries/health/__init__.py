"""Read the health of devices."""
