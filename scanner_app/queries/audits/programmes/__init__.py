"""Programmes: what they say, their rounds, and the locations of rolling ones."""
