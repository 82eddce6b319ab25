"""Selects for the counter: hand-overs, trays, and scans that need a person."""
