"""What keeps the record: the acts, the row of seals, and the log."""
