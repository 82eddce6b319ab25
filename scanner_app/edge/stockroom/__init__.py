"""Where the counter meets this service: its key, its settings, its files."""
