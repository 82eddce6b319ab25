"""Read a floor with its rooms."""
