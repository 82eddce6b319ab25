"""Pages of assets, locations and people."""
