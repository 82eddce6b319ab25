"""Selects over notices: what is in a bell, who is told, and what the sweep looks at."""
