"""Selects over audits: the list, scopes, tallies, findings, their evidence, and rooms."""
