"""Changes of the register: assets, locations, people and their codes."""
