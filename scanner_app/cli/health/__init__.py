"""Commands about the health of devices."""
