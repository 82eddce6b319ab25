"""Readers: set-up, watches, and the reads that they send."""
