"""Audits with a sample: freeze the population, draw from it, and say what was shown."""
