"""What makes a report evidence: its parts, the pack for outsiders, and the check of all records."""
