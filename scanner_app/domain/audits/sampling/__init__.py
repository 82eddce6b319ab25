"""Audits with a sample: how large it is, what is drawn, and what it proves. Plain arithmetic."""
