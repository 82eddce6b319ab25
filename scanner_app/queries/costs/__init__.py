"""Read what things cost."""
