"""The chain of seals, and the log of scans and acts."""
