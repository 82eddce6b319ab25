"""Selects over the row of seals, and over the log."""
