"""Read-only selects: the row to change for services, frozen view rows for pages and API."""
