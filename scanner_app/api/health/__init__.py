"""The health of devices in the API."""
