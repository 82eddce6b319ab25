"""Notices of policies: what does not hold any more, and which waiver is about to end."""
