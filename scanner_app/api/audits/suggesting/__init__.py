"""Suggestions: the rules that make them."""
