"""Tasks: work on an asset that a scan or a person opens, with items to tick and an end."""
