"""What a record holds of each finding, scan and member, read in parts: memory does not grow."""
