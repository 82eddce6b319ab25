"""The counter: hand-overs, and scans that need a person."""
