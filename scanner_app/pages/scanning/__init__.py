"""Pages on which people scan."""
