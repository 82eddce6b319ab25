"""Assign locations to counters, sign them off, and ask for second counts."""
