"""Audits of what has no label."""
