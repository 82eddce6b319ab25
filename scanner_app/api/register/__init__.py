"""The API of assets, locations and people."""
