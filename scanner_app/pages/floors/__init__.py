"""Pages of floor plans."""
