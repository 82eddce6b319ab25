"""Selects over contracts, their terms, what they cover and their papers."""
