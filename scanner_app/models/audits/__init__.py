"""Audits, their acts, and the samples that they draw."""
