"""Selects over stock: items, levels, moves, and what is low."""
