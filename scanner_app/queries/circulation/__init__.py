"""Reads of the rules of lending and of loans."""
