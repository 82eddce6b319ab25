"""Forms in which values and tables leave the service."""
